// What a service asks: variant flags of one to five rules, and for each request a context of one of three shapes that is
// made anew, and the answers of ten flags. Each subject makes the context in its own form, from the same raw values.

import { Random } from "../tests/support/random.ts";
import type { Condition, VariantFlag } from "./flags.ts";

/** The number of flags of the service. */
export const FLAG_COUNT = 200;

/** The number of flags that a request asks for. */
export const FLAGS_PER_REQUEST = 10;

const REQUEST_COUNT = 1000;

const TEXTS = {
  country: ["NL", "DE", "FR", "BE", "ES", "IT", "PL", "SE"],
  plan: ["free", "pro", "business", "enterprise"],
  device: ["phone", "tablet", "desktop", "watch"],
  region: ["eu-west", "eu-north", "us-east", "us-west", "ap-south"],
  team: ["red", "green", "blue", "yellow", "white", "black"],
  locale: ["nl-NL", "de-DE", "fr-FR", "en-GB", "es-ES", "it-IT"],
  channel: ["web", "app", "mail", "partner", "shop", "phone"],
} as const;

/** The properties of contexts that are made of parts, with the prefixes that rules compare them with. */
const PREFIXES: Readonly<Record<string, readonly string[]>> = {
  email: ["u1", "u2", "u3", "u4", "u5"],
  version: ["1.", "2.", "3.1", "3.2"],
};

const NUMBERS: Readonly<Record<string, number>> = { age: 90, logins: 400, amount: 1000 };

/** The properties of the contexts of a service: four, eight and twelve. */
export const SHAPES: readonly (readonly string[])[] = [
  ["country", "plan", "device", "age"],
  ["plan", "country", "email", "version", "region", "age", "logins", "locale"],
  [
    "device",
    "email",
    "country",
    "version",
    "region",
    "plan",
    "logins",
    "amount",
    "team",
    "age",
    "locale",
    "channel",
  ],
];

/** What a request brings with it, before a context is made of it. */
export interface Visit {
  /** The number of the user. */
  readonly user: number;
  /** Which shape the context has. */
  readonly shape: number;
  /** The flags that it asks for. */
  readonly keys: readonly string[];
  /** The texts and numbers, by property. */
  readonly raw: Readonly<Record<string, string | number>>;
}

/** Returns the flags of the service. */
export function serviceFlags(): VariantFlag[] {
  const random = new Random(5);
  return random.list(FLAG_COUNT, (n): VariantFlag => ({
    kind: "variant",
    key: `service-flag-${n}`,
    rules: random.list(1 + random.below(5), (rule) => ({
      conditions: conditionsOf(random),
      variants: random.chance(0.5) ? [`rule-${rule}`] : [`rule-${rule}-a`, `rule-${rule}-b`],
    })),
  }));
}

/** Returns what the requests bring with them. */
export function serviceVisits(): Visit[] {
  const random = new Random(6);
  return random.list(REQUEST_COUNT, (): Visit => {
    const shape = random.below(SHAPES.length);
    return {
      user: random.below(1e6),
      shape,
      keys: random.list(FLAGS_PER_REQUEST, () => `service-flag-${random.below(FLAG_COUNT)}`),
      raw: Object.fromEntries(
        (SHAPES[shape] ?? []).map((property) => [property, rawValue(random, property)]),
      ),
    };
  });
}

/** How numbers are in a context: as text for Flipt, as they are for others. */
export type NumberForm = "text" | "number";

/**
 * Returns the source text of an expression that makes the members of a context, each a member of an object literal.
 * @param shape Which shape the context has.
 */
export function contextMembers(shape: number, numbers: NumberForm): string {
  return (SHAPES[shape] ?? []).map((property) => {
    const raw = `visit.raw.${property}`;
    if (property === "email") return `email: "u" + ${raw} + "@example.com"`;
    if (property === "version") return `version: ${raw} + ".0"`;
    return Object.hasOwn(NUMBERS, property) && numbers === "text"
      ? `${property}: "" + ${raw}`
      : `${property}: ${raw}`;
  }).join(", ");
}

function conditionsOf(random: Random): Condition[] {
  // No property twice: other products keep the conditions of a rule in an object.
  const properties = new Set<string>();
  const count = 1 + random.below(4);
  while (properties.size < count) {
    properties.add(random.pick([...Object.keys(TEXTS), ...Object.keys(PREFIXES), ...Object.keys(NUMBERS)]));
  }
  return [...properties].map((property): Condition => {
    const most = NUMBERS[property];
    if (most !== undefined) return { property, value: random.below(most) };
    const prefixes = PREFIXES[property];
    if (prefixes !== undefined) return { property, value: random.pick(prefixes), isPrefix: true };
    const texts = TEXTS[property as keyof typeof TEXTS];
    return random.chance(0.5)
      ? { property, value: random.pick<string>(texts) }
      : { property, value: random.list(5, () => random.pick<string>(texts)) };
  });
}

function rawValue(random: Random, property: string): string | number {
  if (property === "email") return random.below(1e5);
  if (property === "version") return `${1 + random.below(3)}.${random.below(5)}`;
  const most = NUMBERS[property];
  return most === undefined ? random.pick<string>(TEXTS[property as keyof typeof TEXTS]) : random.below(most);
}
