// Judges one constraint, and says why in a sentence.

import type { DocumentConstraint } from "../../../engines/document.ts";
import { parseIntegers, parseStrings } from "../../../engines/rules/lists.ts";
import { parseInteger } from "../../../engines/rules/numbers.ts";
import type {
  ConstraintType,
  ListOperator,
  OrderOperator,
  PresenceOperator,
  StringOperator,
} from "../../../engines/rules/operators.ts";
import { ofOperator } from "../../../engines/rules/operators.ts";
import { parseTime } from "../../../engines/rules/times.ts";
import { quote } from "../../../core/describe.ts";
import type { ExplainedConstraint } from "./explanation.ts";

/** Whether a constraint holds, and why. */
export interface Verdict {
  /** Whether it holds. */
  readonly holds: boolean;
  /** Why, in a sentence. */
  readonly why: string;
}

type ReadAs = ExplainedConstraint["readAs"];

const READ_AS: Readonly<Record<ConstraintType, ReadAs>> = {
  STRING_CONSTRAINT_COMPARISON_TYPE: "string",
  NUMBER_CONSTRAINT_COMPARISON_TYPE: "number",
  BOOLEAN_CONSTRAINT_COMPARISON_TYPE: "boolean",
  DATETIME_CONSTRAINT_COMPARISON_TYPE: "time",
  ENTITY_ID_CONSTRAINT_COMPARISON_TYPE: "entity",
};

/** How a comparison is told, when it holds and when it does not. */
type Phrases = readonly [holds: string, fails: string];

interface Comparison<T> {
  readonly test: (actual: T, bound: T) => boolean;
  readonly phrases: Phrases;
}

const EQUALS: Phrases = ["equals", "does not equal"];
const DIFFERS: Phrases = ["is not", "is"];
const CONTAINS: Phrases = ["contains", "does not contain"];

const TEXT_COMPARISONS: Readonly<
  Record<Exclude<StringOperator, PresenceOperator | ListOperator>, Comparison<string>>
> = {
  eq: { test: (actual, bound) => actual === bound, phrases: EQUALS },
  neq: { test: (actual, bound) => actual !== bound, phrases: DIFFERS },
  prefix: {
    test: (actual, bound) => actual.startsWith(bound),
    phrases: ["starts with", "does not start with"],
  },
  suffix: {
    test: (actual, bound) => actual.endsWith(bound),
    phrases: ["ends with", "does not end with"],
  },
  contains: { test: (actual, bound) => actual.includes(bound), phrases: CONTAINS },
  notcontains: {
    test: (actual, bound) => !actual.includes(bound),
    phrases: ["does not contain", "contains"],
  },
};

const NUMBER_PHRASES: Readonly<Record<OrderOperator, Phrases>> = {
  eq: EQUALS,
  neq: DIFFERS,
  lt: ["is less than", "is not less than"],
  lte: ["is at most", "is more than"],
  gt: ["is more than", "is not more than"],
  gte: ["is at least", "is less than"],
};
const TIME_PHRASES: Readonly<Record<OrderOperator, Phrases>> = {
  eq: ["is the same second as", "is not the same second as"],
  neq: ["is not the same second as", "is the same second as"],
  lt: ["is before", "is not before"],
  lte: ["is not after", "is after"],
  gt: ["is after", "is not after"],
  gte: ["is not before", "is before"],
};
const ORDER: Readonly<Record<OrderOperator, (actual: number, bound: number) => boolean>> = {
  eq: (actual, bound) => actual === bound,
  neq: (actual, bound) => actual !== bound,
  lt: (actual, bound) => actual < bound,
  lte: (actual, bound) => actual <= bound,
  gt: (actual, bound) => actual > bound,
  gte: (actual, bound) => actual >= bound,
};

const LIST_PHRASES: Readonly<Record<ListOperator, Phrases>> = {
  isoneof: ["is in the list", "is not in the list"],
  isnotoneof: ["is not in the list", "is in the list"],
};

/** What the texts of a constraint are read as. */
export function readAs(constraint: DocumentConstraint): ReadAs {
  return ofOperator(READ_AS, constraint.type) ?? "unknown";
}

/** The elements of a constraint's list, where its operator takes one and its value is one. */
export function listOf(constraint: DocumentConstraint): string[] | number[] | undefined {
  const { operator, value } = constraint;
  if (operator !== "isoneof" && operator !== "isnotoneof") return undefined;
  switch (readAs(constraint)) {
    case "string":
    case "entity":
      return fromSet(parseStrings(value));
    case "number":
      return fromSet(parseIntegers(value));
    default:
      return undefined;
  }
}

/** Compares `actual`, the text of the property or the entity id, as the constraint says. */
export function judge(constraint: DocumentConstraint, actual: string): Verdict {
  const kind = readAs(constraint);
  switch (kind) {
    case "string":
    case "entity":
      return judgeText(constraint, actual, subject(constraint, actual));
    case "number":
    case "time":
      return judgePresence(constraint, actual) ?? judgeOrdered(constraint, actual, kind);
    case "boolean":
      return judgePresence(constraint, actual) ?? judgeBoolean(constraint, actual);
    case "unknown":
      return never("its type is unknown, so its segment does not match");
  }
}

function judgeText(constraint: DocumentConstraint, actual: string, who: string): Verdict {
  const { operator, value } = constraint;
  if (operator === "empty") {
    return verdict(actual === "", [`${name(constraint)} is absent or empty`, `${who} is not empty`]);
  }
  if (operator === "notempty") {
    return verdict(actual !== "", [`${who} is not empty`, `${name(constraint)} is absent or empty`]);
  }
  const comparison = ofOperator(TEXT_COMPARISONS, operator);
  const phrases = comparison?.phrases ?? ofOperator(LIST_PHRASES, operator);
  if (phrases === undefined) return unknownOperator(constraint);
  if (actual === "") return absent(constraint, "empty");
  if (comparison !== undefined) {
    const holds = comparison.test(actual, value);
    return verdict(holds, both(phrases, (phrase) => `${who} ${phrase} ${quote(value)}`));
  }
  const list = parseStrings(value);
  const holds = (list?.has(actual) ?? false) === (operator === "isoneof");
  return list === undefined
    ? verdict(holds, both(phrases, (phrase) => `${who} ${phrase}, which is not a readable list of strings`))
    : verdict(holds, both(phrases, (phrase) => `${who} ${phrase} of ${list.size}`));
}

function judgePresence(constraint: DocumentConstraint, actual: string): Verdict | undefined {
  const presence: Phrases = [
    `${subject(constraint, actual)} is present`,
    `${name(constraint)} is absent or empty`,
  ];
  switch (constraint.operator) {
    case "present":
      return verdict(actual !== "", presence);
    case "notpresent":
      return verdict(actual === "", [presence[1], presence[0]]);
  }
}

function judgeBoolean(constraint: DocumentConstraint, actual: string): Verdict {
  const { operator } = constraint;
  if (operator !== "true" && operator !== "false") return unknownOperator(constraint);
  if (actual === "") return absent(constraint, "notpresent");
  const who = subject(constraint, actual);
  if (actual !== "true" && actual !== "false") return never(`${who} is neither true nor false`);
  return verdict(actual === operator, both(["is", "is not"], (phrase) => `${who} ${phrase} ${operator}`));
}

function judgeOrdered(constraint: DocumentConstraint, actual: string, kind: "number" | "time"): Verdict {
  const { operator, value } = constraint;
  const isTime = kind === "time";
  if (!isTime && ofOperator(LIST_PHRASES, operator) !== undefined) return judgeIntegers(constraint, actual);
  const test = ofOperator(ORDER, operator);
  const phrases = ofOperator(isTime ? TIME_PHRASES : NUMBER_PHRASES, operator);
  if (test === undefined || phrases === undefined) return unknownOperator(constraint);
  if (actual === "") return absent(constraint, "notpresent");
  const parse = isTime ? parseTime : parseInteger;
  const what = isTime ? "not an RFC 3339 time with an offset" : "not a 32-bit integer";
  const bound = parse(value);
  if (Number.isNaN(bound)) {
    return never(`the constraint's value ${quote(value)} is ${what}, so nothing matches`);
  }
  const who = subject(constraint, actual);
  const read = parse(actual);
  if (Number.isNaN(read)) return never(`${who} is ${what}`);
  return verdict(test(read, bound), both(phrases, (phrase) => `${who} ${phrase} ${quote(value)}`));
}

function judgeIntegers(constraint: DocumentConstraint, actual: string): Verdict {
  const { operator, value } = constraint;
  if (actual === "") return absent(constraint, "notpresent");
  const list = parseIntegers(value);
  if (list === undefined) {
    return never("the constraint's value is not a list of integers, so nothing matches");
  }
  const who = subject(constraint, actual);
  const read = parseInteger(actual);
  if (Number.isNaN(read)) return never(`${who} is not a 32-bit integer`);
  const phrases = ofOperator(LIST_PHRASES, operator) ?? EQUALS;
  const holds = list.has(read) === (operator === "isoneof");
  return verdict(holds, both(phrases, (phrase) => `${who} ${phrase} of ${list.size}`));
}

function verdict(holds: boolean, [whenHolds, whenFails]: Phrases): Verdict {
  return { holds, why: holds ? whenHolds : whenFails };
}

function never(why: string): Verdict {
  return { holds: false, why };
}

function absent(constraint: DocumentConstraint, operator: string): Verdict {
  return never(`${name(constraint)} is absent or empty, which only the operator ${operator} matches`);
}

function unknownOperator({ operator, type }: DocumentConstraint): Verdict {
  return never(`${type} has no operator ${quote(operator)}, so nothing matches`);
}

function both(phrases: Phrases, sentence: (phrase: string) => string): Phrases {
  return [sentence(phrases[0]), sentence(phrases[1])];
}

function name(constraint: DocumentConstraint): string {
  const { property } = constraint;
  if (readAs(constraint) === "entity") return "the entity id";
  return /^[\w.-]+$/.test(property) ? property : quote(property);
}

function subject(constraint: DocumentConstraint, actual: string): string {
  return `${name(constraint)} ${quote(actual)}`;
}

function fromSet<T>(set: ReadonlySet<T> | undefined): T[] | undefined {
  return set && [...set];
}
