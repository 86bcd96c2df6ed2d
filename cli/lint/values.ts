// Rules for valid values of constraints that are probably not intended.

import { quote } from "../../core/describe.ts";
import { parseServerFloats, parseServerStrings, parseServerTime } from "../../engines/rules/server_values.ts";
import { readAs } from "../../src/evaluation/explain/constraint.ts";
import type { LintRule } from "./rule.ts";
import { constraintsOf } from "./rule.ts";
import { constraintText } from "./words.ts";

/** The maximum length of a list without a finding. */
const MAX_ELEMENTS = 100;

/** Finds lists that are better replaced by a property of the context. */
export const longList: LintRule = {
  id: "long-list",
  level: "warning",
  finds: `a list of more than ${MAX_ELEMENTS} elements: a property of the context is easier to maintain`,
  example: {
    of: "constraint",
    yaml: `{ type: NUMBER_COMPARISON_TYPE, property: account, operator: isoneof, value: '[${
      Array.from({ length: MAX_ELEMENTS + 1 }, (_, index) => index).join(",")
    }]' }`,
  },
  *check(subject) {
    for (const { constraint, place } of constraintsOf(subject)) {
      const { operator, value } = constraint;
      if (operator !== "isoneof" && operator !== "isnotoneof") continue;
      const list = readAs(constraint) === "number" ? parseServerFloats(value) : parseServerStrings(value);
      if (list === undefined || list.length <= MAX_ELEMENTS) continue;
      yield {
        place,
        message: `${constraintText({ ...constraint, value: "" })} has a list of ${list.length} elements: ` +
          "put what they have in common into a property of the context",
      };
    }
  },
};

/** Finds upper bounds of times that are in the past. */
export const pastDate: LintRule = {
  id: "past-date",
  level: "note",
  finds: "an upper bound in the past, which the time of an evaluation no longer matches",
  example: {
    of: "constraint",
    yaml: '{ type: DATETIME_COMPARISON_TYPE, property: now, operator: lt, value: "2020-01-01T00:00:00Z" }',
  },
  *check(subject) {
    for (const { constraint, place } of constraintsOf(subject)) {
      const { operator, value } = constraint;
      if (readAs(constraint) !== "time" || !["lt", "lte", "eq"].includes(operator)) continue;
      const time = parseServerTime(value);
      if (time === undefined || time.seconds * 1000 >= subject.now) continue;
      yield {
        place,
        message: `${constraintText(constraint)}: ${
          quote(value)
        } is in the past, so the time of an evaluation does not match`,
      };
    }
  },
};
