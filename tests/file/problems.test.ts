// Everything that can be wrong with a file in Flipt's declarative format, and in which words it is told.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { documentFromFeatures, FeaturesError, readDocument } from "../../file/mod.ts";
import { FlagFiles, problemsOf } from "../support/flag_files.ts";

const files = new FlagFiles();
after(() => files.remove());
const { folder } = files;

test("everything that is wrong with a file is in one error, each with its place", async () => {
  const text = `version: "1.4"
namespce: shop
flags:
  - key: a b
    name: A
    enabeld: true
  - key: checkout
    name: Checkout
    type: VARIANT
    variants:
      - key: one
      - key: one
      - key: two
        default: true
        attachment: text
      - key: three
        default: true
    rules:
      - segment: stuff
        distributions:
          - variant: won
            rollout: 101
          - { variant: two, rollout: 60 }
          - { variant: one, rollout: 60 }
      - segment: { keys: [], operator: AND }
  - key: checkout
    name: Again
  - key: toggle
    name: Toggle
    type: BOOLEAN_FLAG_TYPE
    enabled: yes
    variants: [{ key: x }]
    rollouts:
      - threshold: { percentage: -1, value: true }
      - threshold: { percentage: 50 }
        segment: { key: staff, value: true }
      - segment: { key: stuff, keys: [staff], value: 1 }
segments:
  - key: staff
    name: Staff
    match_type: SOME_MATCH_TYPE
    constraints:
      - { type: STRING_COMPARISON_TYPE, property: email, operator: eqs, value: x }
      - { type: NUMBER_COMPARISON_TYPE, property: orders, operator: gt, value: many }
      - { type: NUMBER_COMPARISON_TYPE, property: orders, operator: gt, value: 3 }
      - { type: NUMBER_COMPARISON_TYPE, property: orders, operator: isoneof, value: '["1"]' }
      - { type: DATETIME_COMPARISON_TYPE, property: at, operator: lt, value: tomorrow }
      - { type: BOOLEAN_COMPARISON_TYPE, property: on, operator: true }
      - { type: STRING_COMPARISON_TYPE, property: email, operator: isoneof, value: [a, b] }
      - { type: ENTITY_COMPARISON_TYPE, property: email, operator: eq, value: a }
      - { type: STRING_COMPARISON_TYPE, operator: eq }
`;
  assert.deepEqual(
    await problemsOf(text),
    [
      '2:1 the document has no "namespce"; did you mean "namespace"?',
      '4:10 the key of a flag can contain letters, digits, hyphens, underscores and commas, not "a b"',
      '6:5 a flag has no "enabeld"; did you mean "enabled"?',
      '9:11 type of a flag must be VARIANT_FLAG_TYPE or BOOLEAN_FLAG_TYPE, not "VARIANT"',
      '15:21 attachment of a variant must be an object or a list, not the string "text"',
      '19:18 namespace "default" has no segment "stuff"; did you mean "staff"?',
      '21:22 the flag has no variant "won"; did you mean "one"?',
      "22:22 rollout of a distribution must be from 0 to 100, not 101",
      '25:40 operator of the segment of a rule must be OR_SEGMENT_OPERATOR or AND_SEGMENT_OPERATOR, not "AND"',
      '31:14 enabled of a flag must be true or false, not the string "yes"',
      "35:9 a rollout has either a segment or a threshold, and this one has both: remove one",
      '37:25 namespace "default" has no segment "stuff"; did you mean "staff"?',
      "37:32 the segment of a rollout has either a key or keys: remove one",
      "37:54 value of the segment of a rollout must be true or false, not the number 1",
      '41:17 match_type of a segment must be ALL_MATCH_TYPE or ANY_MATCH_TYPE, not "SOME_MATCH_TYPE"; ' +
      'did you mean "ALL_MATCH_TYPE"?',
      "43:68 operator of a constraint must be one of eq, neq, empty, notempty, prefix, suffix, contains, notcontains, " +
      'isoneof, isnotoneof, not "eqs"; did you mean "eq"?',
      '45:80 value of a constraint must be a string, not the number 3: put it in quotes, "3"',
      '48:66 operator of a constraint must be a string, not the boolean true: put it in quotes, "true"',
      '49:84 the value of isoneof must be a JSON list in a string before version 1.6, such as value: \'["a", "b"]\', not a ' +
      'list: write a string, or version: "1.6"',
      "50:17 type of a constraint must be one of STRING_COMPARISON_TYPE, NUMBER_COMPARISON_TYPE, " +
      "BOOLEAN_COMPARISON_TYPE, DATETIME_COMPARISON_TYPE, ENTITY_ID_COMPARISON_TYPE, not " +
      '"ENTITY_COMPARISON_TYPE"; did you mean "ENTITY_ID_COMPARISON_TYPE"?',
      "51:9 a constraint needs a property: add property: …",
    ],
  );
});

test("an error lists twenty problems, and keeps the others", async () => {
  const text = `flags:\n${Array.from({ length: 30 }, () => "  - kye: a\n").join("")}`;
  await assert.rejects(documentFromFeatures(text), (error) => {
    assert.ok(error instanceof FeaturesError);
    assert.equal(error.problems.length, 90);
    assert.equal(error.message.split("\n").length, 22);
    assert.match(
      error.message,
      /^the features files have 90 problems:\n- features\.yml:2:5: .*- and 70 more$/s,
    );
    return true;
  });
});

test("what is no YAML is told with its place", async () => {
  const cases: readonly [text: string, problem: RegExp][] = [
    ["~\n", /^1:1 the document must be an object .* not empty$/],
    ["flags:\n\t- key: a\n", /^2:1 YAML cannot be indented with tabs: use spaces$/],
    ["flags: [\n", /^2:1 not valid YAML: /],
    ["flags: 'a\n", /^\d+:\d+ not valid YAML: /],
    ["flags: *nothing\n", /^1:8 (not valid YAML: |the anchor of the alias \*nothing is missing)/],
    ["- a\n", /^1:1 the document must be an object .* not a list$/],
    ["just text", /^1:1 the document must be an object .* not the string "just text"$/],
    ["flags:\n- key: a\n  key: b\n  name: A\n", /^3:3 "key" occurs twice in one object: remove one$/],
    ["flags:\n- key: a\n  name: !!binary aGk=\n", /^3:9 not valid YAML: Unresolved tag/],
    [
      "flags:\n- key: a\n  name: A\n  variants: [{ key: x, attachment: { y: .nan } }]\n",
      /^4:\d+ ".nan" is not a JSON value/,
    ],
  ];
  for (const [text, problem] of cases) {
    const problems = await problemsOf(text);
    assert.match(problems[0] ?? "nothing", problem, JSON.stringify(text));
  }
});

test("what is no JSON is told with its place", async () => {
  const cases: readonly [text: string, problem: string][] = [
    ["{", "1:2 the JSON is incomplete: expected a name in double quotes"],
    ['{"flags": [],}', "1:14 not JSON: expected a name in double quotes: remove the comma before"],
    ['{"flags": [1,]}', "1:14 not JSON: expected a value: remove the comma before"],
    ['{\n  "flags" []}', '2:11 not JSON: expected a colon after the name "flags"'],
    ['{"flags": []} x', "1:15 not JSON: unexpected text after the JSON value"],
    ["{'flags': []}", "1:2 not JSON: expected a name in double quotes"],
    ['{"flags": [1 2]}', "1:14 not JSON: expected a comma or ]"],
    [
      '{"flags": "a}',
      "1:11 not JSON: a string without its closing quote, or with a line break or an invalid escape",
    ],
    ['{"flags": [], "flags": []}', '1:15 "flags" occurs twice in one object: remove one'],
    ["[]", "1:1 the document must be an object with version, namespace and so on, not a list"],
    ["[".repeat(1_000_000), "1:101 not JSON: values are nested more than 100 levels deep"],
  ];
  for (const [text, problem] of cases) {
    assert.deepEqual(await problemsOf(text, { format: "json" }), [problem], text.slice(0, 100));
  }
});

test("what is no UTF-8 is told", async () => {
  const path = folder({ "features.yml": new Uint8Array([0xff, 0xfe, 0x66, 0x00]) });
  await assert.rejects(readDocument(path), /features\.yml: not UTF-8 text: save it as UTF-8/);
});

test("aliases that stand for more than memory holds are refused at once", async () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 30; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`);
  const [problem] = await problemsOf(`${lines.join("\n")}\n`);
  assert.match(
    problem ?? "",
    /^5:\d+ the aliases of this file expand to more than 100000 values: write them out$/,
  );
  assert.match(
    (await problemsOf("flags: &a [*a]\n"))[0] ?? "",
    /the anchor of the alias \*a is missing or incomplete here/,
  );
});

test("values that are nested deep are refused, in YAML too", async () => {
  const problems = await problemsOf(`flags: ${"[".repeat(200)}${"]".repeat(200)}\n`);
  assert.match(problems[0] ?? "", /values are nested more than 100 levels deep$/);
  assert.ok((await problemsOf("[".repeat(20_000))).length > 0);
});
