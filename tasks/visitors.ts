// The visitors of a shop: made-up entities and contexts, the same ones every time, so varied that between them they
// reach every rule and rollout of the shop's flags.

import type { EvaluationContext } from "../mod.ts";

/** Somebody to evaluate flags for. */
export interface Visitor {
  /** The entity id. */
  readonly entityId: string;
  /** What is known of the visitor. */
  readonly context: EvaluationContext;
}

const countries = ["NL", "US", "DE", "XX", "Österreich", "JP", undefined];
const agents = ["Mozilla/5.0 Mobile", "Mozilla/5.0 X11", "Mozilla/5.0 Windows", "bot/2.1", "Mozilla/5.0 Mac"];
const platforms = ["android", "ios", "web"];
const channels = ["search", "affiliate-7", "newsletter"];
const signedUp = ["2019-05-01T12:00:00Z", "2024-02-29T00:00:00+02:00", "2026-06-15T08:30:00Z"];

/** Makes `count` visitors. */
export function visitors(count: number): Visitor[] {
  const random = generator(20_260_101);
  const pick = <T>(values: readonly T[]): T | undefined => values[Math.floor(random() * values.length)];
  return Array.from({ length: count }, (_, index) => {
    const context: Record<string, unknown> = {
      country: pick(countries),
      agent: pick(agents),
      platform: pick(platforms),
      channel: pick(channels),
      signed_up: pick(signedUp),
      orders: Math.floor(random() * 8),
      tier: Math.floor(random() * 15),
      basket: Math.floor(random() * 400),
      employee: random() < 0.03,
      email: `visitor${index}@${random() < 0.03 ? "shop" : "mail"}.example`,
    };
    if (random() < 0.6) context["consent"] = "yes";
    if (random() < 0.2) context["coupon"] = Math.floor(random() * 1000);
    return { entityId: entityId(index, random()), context };
  });
}

function entityId(index: number, chance: number): string {
  if (chance < 0.02) return `staff-${index}`;
  return chance < 0.03 ? "crawler-1" : `visitor-${index}`;
}

/** Numbers that look random, from a seed: the mulberry32 generator. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
