// Files with a great many of one thing: what compares each with each does not come back before the time limit.

import assert from "node:assert/strict";
import { test } from "node:test";
import { documentFromFeatures, FeaturesError } from "../../file/mod.ts";

const count = 20_000;
const limit = { timeout: 60_000 };

/** A list with an item for each number. */
function each<Item>(make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const segments = each((index) => ({ key: `s${index}`, name: "S", match_type: "ANY_MATCH_TYPE" }));

/** Reads flags and segments as JSON; gives the first problem, or the number of flags. */
async function read(flags: readonly unknown[], warned: string[] = []): Promise<string | number> {
  const text = JSON.stringify({ version: "1.4", flags, segments });
  try {
    const onWarning = ({ rule }: { readonly rule: string }): unknown => warned.push(rule);
    return (await documentFromFeatures(text, { format: "json", onWarning })).flags.length;
  } catch (error) {
    assert.ok(error instanceof FeaturesError, String(error));
    assert.equal(error.problems.length, 1_000);
    return error.problems[0]?.message ?? "";
  }
}

test("a rule may name many segments, and distribute to many variants", limit, async () => {
  const rule = {
    segment: { keys: segments.map(({ key }) => key) },
    distributions: each((index) => ({ variant: `v${index}`, rollout: 0 })),
  };
  assert.equal(
    await read([{ key: "a", name: "A", variants: each((index) => ({ key: `v${index}` })), rules: [rule] }]),
    1,
  );
});

test("many names may be wrong among many, each many times", limit, async () => {
  const distributions = each((index) => ({ variant: `w${index % 7}`, rollout: 0 }));
  const variants = each((index) => ({ key: `v${index}` }));
  assert.equal(
    await read([{ key: "a", name: "A", variants, rules: [{ segment: "s0", distributions }] }]),
    'the flag has no variant "w0"; it has v0, v1, v2, v3, v4, v5, v6, v7, …',
  );
  const rules = each((index) => ({ segment: `t${index}` }));
  assert.equal(
    await read([{ key: "a", name: "A", rules }]),
    'namespace "default" has no segment "t0"; it has s0, s1, s2, s3, s4, s5, s6, s7, …',
  );
  const flag = Object.fromEntries(each((index) => [`x${index}`, 1]));
  assert.match(
    String(await read([{ ...flag, key: "a", name: "A" }])),
    /^a flag has no "x0"; it can have key, /,
  );
});

test("many may be declared twice, of which a thousand are told", limit, async () => {
  const warned: string[] = [];
  assert.equal(await read(each(() => ({ key: "a", name: "A" })), warned), count);
  assert.equal(warned.length, 1_000);
});

test("a few lines that stand for a document beyond memory are refused", limit, async () => {
  const value = "x".repeat(1_000);
  const constraints = Array.from({ length: 1_000 }, () => ({
    type: "STRING_COMPARISON_TYPE",
    property: "p",
    operator: "eq",
    value,
  }));
  const large = { key: "large", name: "L", match_type: "ANY_MATCH_TYPE", constraints };
  const rules = Array.from({ length: 1_000 }, () => ({ segment: "large" }));
  const text = JSON.stringify({ flags: [{ key: "a", name: "A", rules }], segments: [large] });
  await assert.rejects(documentFromFeatures(text, { format: "json" }), {
    name: "FeaturesError",
    message:
      'features.json:1:18: with this flag the document of namespace "default" exceeds 134217728 characters, since a ' +
      "document repeats each segment and attachment wherever it is used: use large ones less often",
  });
});
