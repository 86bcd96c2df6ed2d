// The faults of constraints, compared with what the portable engine does with values on each side of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tellingValues } from "../../cli/telling_values.ts";
import type { DocumentConstraint } from "../../engines/document.ts";
import { OPERATORS } from "../../engines/rules/operators.ts";
import { constraintFault, faultText } from "../../file/matching.ts";
import { judge } from "../../src/evaluation/explain/constraint.ts";

const VALUES = [
  ...[
    "",
    " ",
    "a",
    "[]",
    '[""]',
    '["a"]',
    '["", "a"]',
    '["a\\"b"]',
    '["a", 1]',
    "null",
    "[null]",
    "[1]",
    "[1, 2.0]",
  ],
  ...["0", "-1", "2.5", "1e3", "3.0", "-2147483648", "2147483647", "-2147483649", "2147483648", "many"],
  ...[
    "2026-01-31",
    "2026-01-31T00:00:00Z",
    "2026-01-31T00:00:00",
    "2026-01-31 00:00:00+01:00",
    "tomorrow",
    "true",
  ],
];

function constraints(): DocumentConstraint[] {
  return Object.entries(OPERATORS).flatMap(([type, operators]) =>
    operators.flatMap((operator: string) => {
      // Clients refuse entity ids of blanks only, so there is nothing to compare such a value with.
      const values = type.startsWith("ENTITY") ? VALUES.filter((value) => value !== " ") : VALUES;
      return values.map((value) => ({ type, property: "p", operator, value }));
    })
  );
}

/** Values that only some constraints compare: others than the absent one, which nothing but emptiness matches. */
function valuesFor(constraint: DocumentConstraint): string[] {
  const isAskedForAbsence = ["empty", "notempty", "present", "notpresent"].includes(constraint.operator) &&
    !constraint.type.startsWith("ENTITY");
  return tellingValues(constraint).filter((value) => value !== "" || isAskedForAbsence);
}

/** What values of the type of the constraint come to: numbers for numbers, and so on. */
function outcomes(constraint: DocumentConstraint): Set<boolean> {
  const isNumber = constraint.type.startsWith("NUMBER");
  const values = valuesFor(constraint).filter((value) =>
    !isNumber || /^-?[0-9]+$/.test(value) || value === ""
  );
  return new Set(values.map((value) => judge(constraint, value).holds));
}

test("a constraint is said to match never or always exactly where it does", () => {
  const counts = { "never-matches": 0, "always-matches": 0, none: 0 };
  for (const constraint of constraints()) {
    const fault = constraintFault(constraint);
    const text = JSON.stringify(constraint);
    counts[fault?.rule ?? "none"]++;
    if (fault?.rule === "never-matches") {
      assert.ok(tellingValues(constraint).every((value) => !judge(constraint, value).holds), text);
    } else if (fault?.rule === "always-matches") {
      assert.deepEqual([...outcomes(constraint)], [true], text);
    } else {
      assert.deepEqual([...outcomes(constraint)].sort(), [false, true], text);
    }
  }
  assert.ok(counts["never-matches"] > 100 && counts["always-matches"] > 20 && counts.none > 200);
});

test("a fault says why, what a server does, and what to do", () => {
  const rows: [type: string, operator: string, value: string, text: string][] = [
    [
      "NUMBER_CONSTRAINT_COMPARISON_TYPE",
      "gte",
      "2.5",
      "p never matches: clients compare integers from -2147483648 to 2147483647 only, while a server itself compares " +
      "floats: use an integer",
    ],
    [
      "DATETIME_CONSTRAINT_COMPARISON_TYPE",
      "gt",
      "2024-01-01",
      'p never matches: clients need a date with a time, while a server itself does not: use "2024-01-01T00:00:00Z"',
    ],
    [
      "STRING_CONSTRAINT_COMPARISON_TYPE",
      "isnotoneof",
      '["R\\u0026D"]',
      "p matches every string: clients cannot parse lists with escapes: use a constraint with neq for each such string",
    ],
    [
      "STRING_CONSTRAINT_COMPARISON_TYPE",
      "eq",
      "",
      "p never matches: it has no value: add one, or use the operator empty",
    ],
    [
      "STRING_CONSTRAINT_COMPARISON_TYPE",
      "matches",
      "a",
      'p never matches: STRING_CONSTRAINT_COMPARISON_TYPE has no operator "matches": use eq, neq, empty, notempty, ' +
      "prefix, suffix, contains, notcontains, isoneof, isnotoneof",
    ],
  ];
  for (const [type, operator, value, text] of rows) {
    const fault = constraintFault({ type, operator, value });
    assert.equal(fault && faultText("p", fault), text);
  }
});
