// Explanations as text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { portableEngine } from "../../../../engines/portable/mod.ts";
import { explanationText } from "../../../../mod.ts";
import { explain } from "../../../../src/evaluation/explain/explain.ts";
import { compileText } from "../../../support/compare.ts";
import { shop } from "../../../support/explain.ts";

test("the text of an explanation shows every step", async () => {
  using client = await shop({ engine: "portable" });
  const variant = await client.explain("variant", "checkout-flow", "user-1", { country: "NL", consent: "y" });
  assert.equal(
    explanationText(variant),
    [
      'variant flag "checkout-flow" of namespace "shop", enabled',
      'entity "user-1"',
      'answer: variant "classic" (MATCH_EVALUATION_REASON)',
      'because rule 4 matches but has no variant, and the default variant is "classic"',
      "",
      '✗ rule 1: not matched: segment "staff" does not match',
      '  ✗ segment "staff" (any of 3): not matched: no constraint matches',
      '    ✗ 1: string "email" suffix "@shop.example": email is absent or empty, which only the operator empty matches',
      '    ✗ 2: entity id prefix "staff-": the entity id "user-1" does not start with "staff-"',
      '    ✗ 3: boolean "employee" true: employee is absent or empty, which only the operator notpresent matches',
      '    variant "express": 100 %, buckets 0 to 999',
      '✗ rule 2: not matched: segment "returning" does not match',
      '  ✓ segment "eu-visitors" (all of 2): matched: all constraints match',
      '    ✓ 1: string "country" isoneof ["DE", "FR", "NL", "ES", "IT", and 2 more]: country "NL" is in the list of 7',
      '    ✓ 2: string "consent" notempty: consent "y" is not empty',
      '  ✗ and segment "returning" (all of 2): not matched: constraint 1 does not match, and all have to',
      '    ✗ 1: number "orders" gte "2": orders is absent or empty, which only the operator notpresent matches',
      '    · 2: number "tier" isnotoneof [0, 7, 13]: not reached',
      '    variant "classic": 33.33 %, buckets 0 to 332',
      '    variant "one-page": 33.33 %, buckets 333 to 666',
      '    variant "express": 33.34 %, buckets 667 to 999',
      "✗ rule 3: not matched: none of the 2 segments matches",
      '  ✗ segment "mobile" (any of 2): not matched: no constraint matches',
      '    ✗ 1: string "agent" contains "Mobile": agent is absent or empty, which only the operator empty matches',
      '    ✗ 2: string "platform" eq "ios": platform is absent or empty, which only the operator empty matches',
      '  ✗ or segment "young-account" (all of 2): not matched: constraint 1 does not match, and all have to',
      '    ✗ 1: time "signed_up" gte "2026-01-01T00:00:00Z": signed_up is absent or empty, which only the operator notpresent matches',
      '    · 2: time "signed_up" lte "2027-01-01T00:00:00Z": not reached',
      '    variant "one-page": 80 %, buckets 0 to 799',
      '    variant "classic": 20 %, buckets 800 to 999',
      '✓ rule 4: matched: segment "everyone" matches',
      '  ✓ segment "everyone" (all of 0): matched: it has no constraints',
      'bucket: crc32("checkout-flowuser-1") = 2010702813, modulo 1000 = 813',
      'default variant: "classic"',
    ].join("\n"),
  );
  const boolean = await client.explain("boolean", "price-test", "user-1");
  assert.equal(
    explanationText(boolean),
    [
      'boolean flag "price-test" of namespace "shop", enabled',
      'entity "user-1"',
      "answer: enabled false (MATCH_EVALUATION_REASON)",
      "because rollout 1 matches and gives false",
      "",
      "✓ rollout 1 (false below 50 %): matched: bucket 21 of 100 is below 50",
      'bucket: crc32("user-1price-test") = 649897121, modulo 100 = 21',
    ].join("\n"),
  );
});

test("the text of an explanation holds nothing that a terminal would obey", async () => {
  const bad = "\u001b[31m\u009b2J\u202e\n\r";
  const constraint = { type: "STRING_CONSTRAINT_COMPARISON_TYPE", property: bad, operator: bad, value: bad };
  const document = {
    namespace: { key: "default" },
    flags: [{
      key: bad,
      name: "",
      enabled: true,
      defaultVariant: { id: "", key: bad },
      rules: [{
        segments: [{
          key: bad,
          matchType: "ALL_SEGMENT_MATCH_TYPE",
          constraints: [{ ...constraint, operator: "eq" }, constraint],
        }],
        segmentOperator: "OR_SEGMENT_OPERATOR",
        distributions: [{ variantKey: bad, rollout: 100 }],
      }],
    }],
  };
  const state = await compileText(portableEngine(), JSON.stringify(document), "default");
  const request = { flagKey: bad, entityId: bad, context: { [bad]: bad } };
  const lines = explanationText(explain(state, "default", { type: "variant", ...request })).split("\n");
  assert.equal(lines.length, 12);
  // deno-lint-ignore no-control-regex
  for (const line of lines) assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
});
