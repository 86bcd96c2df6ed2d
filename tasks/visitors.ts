// The visitors of a shop: entities and contexts from a fixed seed, varied enough to reach every rule and rollout of the
// shop's flags.

import type { EvaluationContext } from "../mod.ts";
import { Random } from "../tests/support/random.ts";

/** A visitor to evaluate flags for. */
export interface Visitor {
  /** The ID of the entity. */
  readonly entityId: string;
  /** The context. */
  readonly context: EvaluationContext;
}

const COUNTRIES = ["NL", "US", "DE", "XX", "Österreich", "JP", undefined];
const AGENTS = ["Mozilla/5.0 Mobile", "Mozilla/5.0 X11", "Mozilla/5.0 Windows", "bot/2.1", "Mozilla/5.0 Mac"];
const PLATFORMS = ["android", "ios", "web"];
const CHANNELS = ["search", "affiliate-7", "newsletter"];
const SIGNED_UP = ["2019-05-01T12:00:00Z", "2024-02-29T00:00:00+02:00", "2026-06-15T08:30:00Z"];

/** Returns `count` visitors. */
export function visitors(count: number): Visitor[] {
  const random = new Random(20_260_101);
  return Array.from({ length: count }, (_, index) => {
    const context: Record<string, unknown> = {
      country: random.pick(COUNTRIES),
      agent: random.pick(AGENTS),
      platform: random.pick(PLATFORMS),
      channel: random.pick(CHANNELS),
      signed_up: random.pick(SIGNED_UP),
      orders: random.below(8),
      tier: random.below(15),
      basket: random.below(400),
      employee: random.chance(0.03),
      email: `visitor${index}@${random.chance(0.03) ? "shop" : "mail"}.example`,
    };
    if (random.chance(0.6)) context["consent"] = "yes";
    if (random.chance(0.2)) context["coupon"] = random.below(1000);
    return { entityId: entityId(index, random.next()), context };
  });
}

function entityId(index: number, chance: number): string {
  if (chance < 0.02) return `staff-${index}`;
  return chance < 0.03 ? "crawler-1" : `visitor-${index}`;
}
