// Rules on the values of constraints that are usable, and perhaps not meant so.

import { quote } from "../../core/describe.ts";
import { parseServerFloats, parseServerStrings, parseServerTime } from "../../engines/rules/server_values.ts";
import { readAs } from "../../src/evaluation/explain/constraint.ts";
import type { LintRule } from "./rule.ts";
import { constraintsOf } from "./rule.ts";
import { constraintText } from "./words.ts";

/** How many elements a list may have without a word. */
const MAX_ELEMENTS = 100;

/** Lists that are better kept elsewhere. */
export const longList: LintRule = {
  id: "long-list",
  level: "warning",
  finds: `a list of more than ${MAX_ELEMENTS} elements: a property that says the same is easier to keep`,
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

/** Bounds that lie behind us. */
export const pastDate: LintRule = {
  id: "past-date",
  level: "note",
  finds: "a date that is over: the time of an evaluation is not before it any more",
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
        } is over, so the time of an evaluation does not match`,
      };
    }
  },
};
