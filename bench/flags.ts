// The flags that are measured, in no product's own words; each subject translates them into its own.

/** What a rule asks of one property: to be the one value, or one of several. */
export interface Condition {
  /** The property of the context. */
  readonly property: string;
  /** The value, or the list of values. */
  readonly value: string | readonly string[];
}

/** All conditions have to hold; the variants then share the entities evenly. */
export interface Rule {
  /** The conditions. */
  readonly conditions: readonly Condition[];
  /** The variants; a single one gets every entity. */
  readonly variants: readonly string[];
}

/** A flag that gives a variant, or `off` when no rule holds. */
export interface VariantFlag {
  /** Tells the two kinds apart. */
  readonly kind: "variant";
  /** Its key. */
  readonly key: string;
  /** The first that holds decides. */
  readonly rules: readonly Rule[];
}

/** A flag that is true for a share of the entities. */
export interface BooleanFlag {
  /** Tells the two kinds apart. */
  readonly kind: "boolean";
  /** Its key. */
  readonly key: string;
  /** The share, in percent. */
  readonly percentage: number;
}

/** A flag of either kind. */
export type Flag = VariantFlag | BooleanFlag;

/** What every subject is asked, in its own words. */
export interface Question {
  /** The flag. */
  readonly flagKey: string;
  /** The entity. */
  readonly entityId: string;
  /** What conditions compare. */
  readonly context: Readonly<Record<string, string>>;
}

/** The variant of a variant flag of which no rule holds. */
export const OFF = "off";

/** How many different entities the calls of a workload are for. */
export const ENTITIES = 1000;

/** The keys of `count` entities, such as systems hand them out. */
export function entityIds(count: number = ENTITIES, make: (n: number) => string = entityId): string[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

function entityId(n: number): string {
  return `user-${(n * 7919 + 104729).toString(36)}`;
}

/** What the properties of contexts are called and hold. */
export interface Words {
  /** The three properties that rules read. */
  readonly properties: readonly [string, string, string];
  /** What the first two hold. */
  readonly values: readonly [string, string];
  /** What the last property is compared with, rule by rule: contexts hold the last of them. */
  readonly last: readonly [string, ...string[]];
  /** What contexts hold there for which no rule is meant. */
  readonly other: string;
}

/** The words of most workloads. */
export const PLAIN_WORDS: Words = {
  properties: ["country", "plan", "device"],
  values: ["NL", "business"],
  last: ["phone", "tablet", "desktop"],
  other: "watch",
};

/** Rules of three comparisons each, of which only the last holds for {@link matchingContext}. */
export function rulesFlag(key: string, words: Words = PLAIN_WORDS): VariantFlag {
  const { properties: [first, second, third], values, last } = words;
  return {
    kind: "variant",
    key,
    // The rules that do not hold fail at their last comparison: nothing is decided early.
    rules: last.map((value, index) => ({
      conditions: [
        { property: first, value: values[0] },
        { property: second, value: values[1] },
        { property: third, value },
      ],
      variants: index === last.length - 1 ? LAST_RULE_VARIANTS : [`of-rule-${index}`],
    })),
  };
}

/** The variants that the last rule of {@link rulesFlag} gives. */
export const LAST_RULE_VARIANTS: readonly string[] = ["blue", "yellow"];

/** A context for which the last rule of {@link rulesFlag} holds. */
export function matchingContext(words: Words = PLAIN_WORDS): Record<string, string> {
  return contextOf(words, words.last.at(-1) ?? words.last[0]);
}

/** A context for which no rule of {@link rulesFlag} holds. */
export function otherContext(words: Words = PLAIN_WORDS): Record<string, string> {
  return contextOf(words, words.other);
}

function contextOf(
  { properties: [first, second, third], values }: Words,
  last: string,
): Record<string, string> {
  return { [first]: values[0], [second]: values[1], [third]: last };
}

/** Numbers from 0 to 1 that are the same in every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
