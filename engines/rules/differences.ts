// Where a server's own evaluation API answers otherwise than clients do: the one list of it. Lint, explain, compare and
// the documentation take it from here. The client's side of each is what every engine does; it is not decided here.

import type { DocumentConstraint, DocumentFlag, DocumentRule } from "../document.ts";
import { isBoolean } from "../document.ts";
import { parseIntegers } from "./lists.ts";
import type { ConstraintType } from "./operators.ts";
import { ofOperator } from "./operators.ts";
import { partedBuckets } from "./server_buckets.ts";
import { serverHolds } from "./server_constraints.ts";
import { parseServerStrings, parseServerTime } from "./server_values.ts";
import { parseTime } from "./times.ts";

/** Which difference. */
export type DifferenceId =
  | "number-float"
  | "number-list"
  | "time-date-only"
  | "time-fraction"
  | "time-form"
  | "text-blank"
  | "boolean-word"
  | "list-escape"
  | "list-unreadable"
  | "disabled-boolean"
  | "distribution-bound"
  | "v1-distribution-sum"
  | "v1-two-segments";

/** What the server and clients do differently. */
export interface Difference {
  /** What is compared, as a title: `numbers`. */
  readonly subject: string;
  /** Which servers do so. */
  readonly servers: "v1 and v2" | "v1" | "v1, and v2 up to 2.8";
  /** What the server's own API does. */
  readonly server: string;
  /** What clients do. */
  readonly clients: string;
  /** The same in a few words, as the reason of the server's answer: `it compares floats`. */
  readonly because: string;
  /** Where both part. */
  readonly example: ConstraintExample | FlagExample;
}

/** A constraint on which server and clients part. */
export interface ConstraintExample {
  /** The constraint. */
  readonly constraint: DocumentConstraint;
  /** The value of its property. */
  readonly actual: string;
  /** Whether the constraint holds for the server; for clients it is the other way round. */
  readonly serverHolds: boolean;
}

/** Something else on which they part, in words. */
export interface FlagExample {
  /** The flag. */
  readonly flag: string;
  /** What the server answers. */
  readonly server: string;
  /** What clients answer. */
  readonly clients: string;
}

/** Every difference by its id, in the order of the documentation. */
export const DIFFERENCES: Readonly<Record<DifferenceId, Difference>> = {
  "number-float": {
    subject: "numbers",
    servers: "v1 and v2",
    server: "floats: `3.0`, `1e3`, `2.5`, `0x1p4` and `Inf` are numbers",
    clients: "32-bit integers only; anything else never matches, not even by `neq` or `isnotoneof`",
    because: "it compares floats",
    example: example("NUMBER", "basket", "gte", "2.5", "3", true),
  },
  "number-list": {
    subject: "lists of numbers",
    servers: "v1 and v2",
    server: "read `2.0`, `1e0` and `null` (as 0)",
    clients: "match nothing when one element is not a 32-bit integer",
    because: "it reads the list as floats",
    example: example("NUMBER", "tier", "isoneof", "[1, 2.0]", "1", true),
  },
  "time-date-only": {
    subject: "dates without a time",
    servers: "v1 and v2",
    server: "midnight UTC",
    clients: "never match",
    because: "it takes a date without a time as midnight UTC",
    example: example("DATETIME", "since", "gt", "2024-01-01", "2024-06-01T00:00:00Z", true),
  },
  "time-fraction": {
    subject: "fractions of seconds",
    servers: "v1 and v2",
    server: "count",
    clients: "are cut off: whole seconds are compared",
    because: "it compares fractions of seconds, too",
    example: example("DATETIME", "since", "gt", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z", true),
  },
  "time-form": {
    subject: "rare time formats",
    servers: "v1 and v2",
    server: "takes a comma before the fraction, an hour of one digit, an offset of `24:00`",
    clients: "take a space or `t` for `T`, `z` for `Z`, a second `60`, a minus sign (U+2212) in an offset",
    because: "it reads other forms of times",
    example: example("DATETIME", "since", "gt", "2024-01-01 00:00:00Z", "2024-06-01T00:00:00Z", false),
  },
  "text-blank": {
    subject: "whitespace around a string",
    servers: "v1 and v2",
    server: "trimmed for `prefix` and `suffix`; a string of whitespace counts as empty",
    clients: "not trimmed: whitespace is compared like any other character",
    because: "it trims whitespace",
    example: example("STRING", "plan", "prefix", "pro", " pro-annual", true),
  },
  "boolean-word": {
    subject: "booleans",
    servers: "v1 and v2",
    server: "`1`, `t`, `T`, `true`, `TRUE`, `True` and `0`, `f`, `F`, `false`, `FALSE`, `False`",
    clients: "`true` and `false` only",
    because: "it takes 1, t, TRUE and the like as booleans",
    example: example("BOOLEAN", "employee", "true", "", "1", true),
  },
  "list-escape": {
    subject: "lists of strings with JSON escapes or `null`",
    servers: "v1 and v2",
    server: "read",
    clients: "not readable: `isoneof` never matches, `isnotoneof` always",
    because: "it reads lists with JSON escapes and null",
    example: example("STRING", "team", "isoneof", '["R\\u0026D","sales"]', "sales", true),
  },
  "list-unreadable": {
    subject: "malformed lists of strings",
    servers: "v1 and v2",
    server: "match nothing, also by `isnotoneof`",
    clients: "`isoneof` never matches, `isnotoneof` always",
    because: "it matches nothing against a list that it cannot read",
    example: example("STRING", "team", "isnotoneof", '["sales", 1]', "R&D", false),
  },
  "disabled-boolean": {
    subject: "a boolean flag that is off and has no rollouts",
    servers: "v1 and v2",
    server: "reason `DEFAULT_EVALUATION_REASON`",
    clients: "reason `FLAG_DISABLED_EVALUATION_REASON`",
    because: "it gives the reason DEFAULT_EVALUATION_REASON for a boolean flag that is off",
    example: {
      flag: "`enabled: false`, no rollouts",
      server: "false, `DEFAULT_EVALUATION_REASON`",
      clients: "false, `FLAG_DISABLED_EVALUATION_REASON`",
    },
  },
  "distribution-bound": {
    subject: "shares that do not end at a whole bucket",
    servers: "v1 and v2",
    server:
      "cut off to tenths of a percent; on v1, and v2 up to 2.8, each by itself, so that the last buckets " +
      "can be without a match",
    clients: "added up, then rounded to tenths of a percent",
    because: "it cuts shares off to tenths of a percent where clients round",
    example: {
      flag: "a rule with the distributions `a` 33.33, `b` 33.33, `c` 33.34",
      server: "`c` for one in 1000 entities that get `b` from clients; on v1 no match for another one",
      clients: "`a` for 333 buckets, `b` for 334, `c` for 333",
    },
  },
  "v1-distribution-sum": {
    subject: "distributions that sum to less than 100",
    servers: "v1, and v2 up to 2.8",
    server: "the rest gets no match",
    clients: "scaled to 100",
    because: "a server of v1, or of v2 up to 2.8, leaves the remainder to 100 without a match",
    example: {
      flag: "a rule with the distributions `a` 40, `b` 40",
      server: "no match for 20 % of the entities",
      clients: "`a` for 50 %, `b` for 50 %",
    },
  },
  "v1-two-segments": {
    subject: "a rule with several segments and several variants",
    servers: "v1",
    server: "the distributions as they are",
    clients: "the document of a v1 server has each distribution once per segment, so the shares shift",
    because: "a v1 server sends the distributions of such a rule once per segment",
    example: {
      flag: "a rule with two segments and the distributions `a` 50, `b` 50",
      server: "`a` for the first half, `b` for the second",
      clients: "`a`, `b`, `a`, `b` for a quarter each: half of the entities get the other variant",
    },
  },
};

/** The ids, in the order of the documentation. */
export const DIFFERENCE_IDS: readonly DifferenceId[] = Object.keys(DIFFERENCES) as DifferenceId[];

/** What a server would do with a constraint that clients answer the other way. */
export interface ServerVerdict {
  /** Why. */
  readonly id: DifferenceId;
  /** Whether the constraint holds for the server. */
  readonly holds: boolean;
}

/**
 * What the server's own API would do with a constraint, where it parts from clients.
 * @param actual The text of the property, or the entity id; `""` for an absent one.
 * @param holds Whether the constraint holds for clients.
 * @returns `undefined` where both agree.
 */
export function serverVerdict(
  constraint: DocumentConstraint,
  actual: string,
  holds: boolean,
): ServerVerdict | undefined {
  const server = serverHolds(constraint, actual);
  const id = server === holds ? undefined : ofOperator(CAUSES, constraint.type)?.(constraint, actual);
  return id && { id, holds: server };
}

type Cause = (constraint: DocumentConstraint, actual: string) => DifferenceId;

/** Why server and clients part on a constraint, where they do. */
const CAUSES: Readonly<Record<ConstraintType, Cause>> = {
  STRING_CONSTRAINT_COMPARISON_TYPE: causeInTexts,
  ENTITY_ID_CONSTRAINT_COMPARISON_TYPE: causeInTexts,
  NUMBER_CONSTRAINT_COMPARISON_TYPE: ({ operator, value }) => {
    if (isPresence(operator)) return "text-blank";
    return isList(operator) && parseIntegers(value) === undefined ? "number-list" : "number-float";
  },
  BOOLEAN_CONSTRAINT_COMPARISON_TYPE: ({ operator }) => isPresence(operator) ? "text-blank" : "boolean-word",
  DATETIME_CONSTRAINT_COMPARISON_TYPE: ({ operator, value }, actual) => {
    if (isPresence(operator)) return "text-blank";
    if ([actual, value].some((text) => /^\d{4}-\d\d-\d\d$/.test(text))) return "time-date-only";
    const isCommon = (text: string): boolean =>
      !Number.isNaN(parseTime(text)) && parseServerTime(text) !== undefined;
    return isCommon(actual) && isCommon(value) ? "time-fraction" : "time-form";
  },
};

function causeInTexts({ operator, value }: DocumentConstraint): DifferenceId {
  if (!isList(operator)) return "text-blank";
  return parseServerStrings(value) === undefined ? "list-unreadable" : "list-escape";
}

function isPresence(operator: string): boolean {
  return operator === "present" || operator === "notpresent";
}

function isList(operator: string): boolean {
  return operator === "isoneof" || operator === "isnotoneof";
}

/** Whether a boolean flag is off with a reason that the server does not give. */
export function isDisabledBoolean(flag: DocumentFlag): boolean {
  return isBoolean(flag) && !flag.enabled && (flag.rollouts ?? []).length === 0;
}

/** How much a rule's distributions are in sum; `undefined` where there are none. */
export function distributionSum({ distributions }: DocumentRule): number | undefined {
  if (distributions.length === 0) return undefined;
  return Number(distributions.reduce((sum, { rollout }) => sum + rollout, 0).toFixed(3));
}

/** The buckets that a server gives to another variant than clients do, since it cuts off where they round. */
export function boundDifferences(rule: DocumentRule): number[] {
  const sum = distributionSum(rule) ?? 100;
  // No server takes more, but a v1 server sends the distributions once a segment.
  if (sum > 100.1) return [];
  return partedBuckets(rule.distributions, isBelowWhole(sum) ? ["scaled"] : ["added", "scaled"]);
}

/** Thirds have no end. */
function isBelowWhole(sum: number): boolean {
  return sum < 99.9;
}

/**
 * In which ways a rule comes to other variants on a server.
 * @param bucket The bucket of an entity, where only what applies to it counts.
 */
export function ruleDifferences(rule: DocumentRule, bucket?: number): DifferenceId[] {
  const found: DifferenceId[] = [];
  const parted = boundDifferences(rule);
  if (bucket === undefined ? parted.length > 0 : parted.includes(bucket)) found.push("distribution-bound");
  if (isBelowWhole(distributionSum(rule) ?? 100)) found.push("v1-distribution-sum");
  const segments = new Set((rule.segments ?? []).map(({ key }) => key));
  if (segments.size > 1 && rule.distributions.length > 1) found.push("v1-two-segments");
  return found;
}

function example(
  type: "STRING" | "NUMBER" | "BOOLEAN" | "DATETIME",
  property: string,
  operator: string,
  value: string,
  actual: string,
  holds: boolean,
): ConstraintExample {
  const constraint = { type: `${type}_CONSTRAINT_COMPARISON_TYPE`, property, operator, value };
  return { constraint, actual, serverHolds: holds };
}
