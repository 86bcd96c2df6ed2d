// The measured flags, in a form independent of products. Each subject converts them to its own.

/** A condition of a rule: a property equals a text or one of several, begins with a text, or is above a number. */
export interface Condition {
  /** The property of the context. */
  readonly property: string;
  /** The text, the list of texts, or the number. */
  readonly value: string | readonly string[] | number;
  /** Whether the text is what the property begins with. @default false */
  readonly isPrefix?: boolean;
}

/** A rule that matches when all conditions do. Its variants are then distributed evenly over the entities. */
export interface Rule {
  /** The conditions. */
  readonly conditions: readonly Condition[];
  /** The variants. */
  readonly variants: readonly string[];
}

/** A flag with variants: `off` when no rule matches. */
export interface VariantFlag {
  /** The discriminant. */
  readonly kind: "variant";
  /** Its key. */
  readonly key: string;
  /** The rules. The first that matches decides. */
  readonly rules: readonly Rule[];
}

/** A flag that is true for a share of the entities. */
export interface BooleanFlag {
  /** The discriminant. */
  readonly kind: "boolean";
  /** Its key. */
  readonly key: string;
  /** The share, in percent. */
  readonly percentage: number;
}

/** A flag of either kind. */
export type Flag = VariantFlag | BooleanFlag;

/** An evaluation, in a form independent of products. */
export interface Question {
  /** The key of the flag. */
  readonly flagKey: string;
  /** The ID of the entity. */
  readonly entityId: string;
  /** The properties for conditions. */
  readonly context: Readonly<Record<string, string>>;
}

/** The variant when no rule matches. */
export const OFF = "off";

/** The number of different entities in a workload. */
export const ENTITY_COUNT = 1000;

/** Returns the IDs of `count` entities. */
export function entityIds(count: number = ENTITY_COUNT, make: (n: number) => string = entityId): string[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

function entityId(n: number): string {
  return `user-${(n * 7919 + 104729).toString(36)}`;
}

/** The names and values of context properties. */
export interface Words {
  /** The three properties that rules compare. */
  readonly properties: readonly [string, string, string];
  /** The values of the first two properties. */
  readonly values: readonly [string, string];
  /** The values of the last property that rules compare it with, one per rule. Matching contexts have the last one. */
  readonly last: readonly [string, ...string[]];
  /** The value of the last property in contexts that no rule matches. */
  readonly other: string;
}

/** The words of most workloads. */
export const ASCII_WORDS: Words = {
  properties: ["country", "plan", "device"],
  values: ["NL", "business"],
  last: ["phone", "tablet", "desktop"],
  other: "watch",
};

/** Returns a flag with rules of three comparisons each, of which only the last matches {@link matchingContext}. */
export function rulesFlag(key: string, words: Words = ASCII_WORDS): VariantFlag {
  const { properties: [first, second, third], values, last } = words;
  return {
    kind: "variant",
    key,
    // Other rules fail at their last comparison, so that none is decided early.
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

/** The variants of the last rule of {@link rulesFlag}. */
export const LAST_RULE_VARIANTS: readonly string[] = ["blue", "yellow"];

/** Returns a context that the last rule of {@link rulesFlag} matches. */
export function matchingContext(words: Words = ASCII_WORDS): Record<string, string> {
  return contextOf(words, words.last.at(-1) ?? words.last[0]);
}

/** Returns a context that no rule of {@link rulesFlag} matches. */
export function otherContext(words: Words = ASCII_WORDS): Record<string, string> {
  return contextOf(words, words.other);
}

function contextOf(
  { properties: [first, second, third], values }: Words,
  last: string,
): Record<string, string> {
  return { [first]: values[0], [second]: values[1], [third]: last };
}
