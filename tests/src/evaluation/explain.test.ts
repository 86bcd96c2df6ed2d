// client.explain: the trace of an evaluation, the same on every engine, and never at odds with the evaluation.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CompiledState, Engine } from "../../../engines/engine.ts";
import { portableEngine } from "../../../engines/portable/mod.ts";
import {
  EvaluationError,
  type Explanation,
  explanationText,
  FliptClient,
  ValidationError,
} from "../../../mod.ts";
import { explain } from "../../../src/evaluation/explain/explain.ts";
import { type Answer, answerOf, compileText, evaluatorOf, sameAnswer } from "../../support/compare.ts";
import { enginesUnderTest, missingReference, referenceEngine } from "../../support/differential.ts";
import { testedEngines } from "../../support/engines.ts";
import { generateCase, type GeneratedRequest } from "../../support/generator.ts";
import { shopDocument } from "../../support/runtime.ts";
import { checkTrace } from "../../support/trace.ts";

const FIXED_SEED = 40_000;
// The clock, and shares, of which the native engine keeps 32 bits, with the sentences that tell them. The buckets that
// come of shares are compared.
const NOT_COMPARED = new Set(["timestamp", "requestDurationMillis", "rollout", "percentage", "why"]);
// Bun ends a test after five seconds unless it says how long it takes.
const LONG = { timeout: 60_000 };

/** A client of the shop. */
function shop(options: object = {}): Promise<FliptClient> {
  const fetcher = () => Promise.resolve(Response.json(shopDocument()));
  return FliptClient.init({ namespace: "shop", updateInterval: 0, fetcher, ...options });
}

function explained(state: CompiledState, namespace: string, request: GeneratedRequest): Explanation {
  return explain(state, namespace, { ...request, type: request.kind });
}

/** Explains generated requests on an engine, and compares each with the evaluation and with itself. */
async function run(engine: Engine, documents: number, requests: number): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  for (let seed = FIXED_SEED; seed < FIXED_SEED + documents; seed++) {
    const { document, namespace, requests: all } = generateCase(seed, requests);
    const state = await compileText(engine, document, namespace);
    const evaluate = evaluatorOf(state);
    for (const request of all) {
      const expected = evaluate(request);
      let explanation: Explanation | undefined;
      const answer: Answer = answerOf(() => (explanation = explained(state, namespace, request)).result);
      // A share beyond the range of 32 bits makes a snapshot of the reference library that nothing reads again.
      if (/not a valid snapshot.*(rollout|percentage)/.test(String(answer.error))) continue;
      const where = `seed ${seed}: ${JSON.stringify(request.flagKey)} ${JSON.stringify(request.entityId)}`;
      assert.ok(sameAnswer(answer, expected), `${where}: ${JSON.stringify([answer, expected])}`);
      const kind = String(expected.reason ?? "error");
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      if (explanation === undefined) continue;
      try {
        checkTrace(explanation);
      } catch (error) {
        throw new Error(`${where}: ${explanationText(explanation)}`, { cause: error });
      }
    }
    state.release();
  }
  return seen;
}

function total(seen: ReadonlyMap<string, number>): number {
  return [...seen.values()].reduce((sum, count) => sum + count, 0);
}

test("on generated documents, every trace adds up to the answer that evaluations give", LONG, async () => {
  for (const engine of await enginesUnderTest()) {
    const seen = await run(engine, 150, 100);
    assert.ok(total(seen) >= 15_000);
    for (
      const kind of [
        "MATCH_EVALUATION_REASON",
        "DEFAULT_EVALUATION_REASON",
        "UNKNOWN_EVALUATION_REASON",
        "FLAG_DISABLED_EVALUATION_REASON",
        "error",
      ]
    ) assert.ok((seen.get(kind) ?? 0) > total(seen) / 50, `too few answers with ${kind}`);
  }
});

test("traces of the reference library add up, too", { ...LONG, skip: missingReference() }, async () => {
  assert.ok(total(await run(await referenceEngine(), 150, 50)) >= 5000);
});

test("engines explain alike", LONG, async () => {
  const engines = await enginesUnderTest();
  for (let seed = FIXED_SEED; seed < FIXED_SEED + 60; seed++) {
    const { document, namespace, requests } = generateCase(seed, 40);
    const states = await Promise.all(engines.map((engine) => compileText(engine, document, namespace)));
    for (const request of requests) {
      const [first, ...others] = states.map((state) => comparable(state, namespace, request));
      for (const other of others) assert.deepEqual(other, first, `seed ${seed}`);
    }
    for (const state of states) state.release();
  }
});

/** An explanation without what is not the same everywhere; or the error. */
function comparable(state: CompiledState, namespace: string, request: GeneratedRequest): unknown {
  try {
    const text = JSON.stringify(
      explained(state, namespace, request),
      (member, value) => NOT_COMPARED.has(member) ? undefined : value,
    );
    return JSON.parse(text);
  } catch (error) {
    return String(error);
  }
}

for (const { kind, options, skip } of await testedEngines()) {
  test(`${kind} explains a variant flag step by step`, { skip, ...LONG }, async () => {
    using client = await shop(options);
    const context = { country: "NL", consent: "yes", orders: 1, signed_up: "2026-06-01T00:00:00Z" };
    const explanation = await client.explain("variant", "checkout-flow", "user-1", context);
    const answer = client.evaluateVariant("checkout-flow", "user-1", context);
    assert.deepEqual(
      { ...explanation.result, timestamp: "" },
      { ...answer, timestamp: "" },
    );
    assert.equal(explanation.type, "variant");
    assert.equal(explanation.namespace, "shop");
    assert.equal(explanation.entityId, "user-1");
    assert.deepEqual(explanation.flag, client.listFlags().find(({ key }) => key === "checkout-flow"));
    assert.deepEqual(explanation.bucket, {
      input: "checkout-flowuser-1",
      hash: 2010702813,
      modulus: 1000,
      bucket: 813,
    });
    assert.equal(explanation.why, 'rule 3 matches, and its bucket 813 of 1000 gets "classic"');
    assert.deepEqual(
      explanation.rules.map(({ number, status, why }) => [number, status, why]),
      [
        [1, "not matched", 'segment "staff" does not match'],
        [2, "not matched", 'segment "returning" does not match'],
        [3, "matched", 'segment "young-account" matches'],
        [4, "not reached", "rule 3 decided"],
      ],
    );
    const [, second, third] = explanation.rules;
    const byKey = new Map(second?.segments.map((segment) => [segment.key, segment]));
    assert.deepEqual(byKey.get("returning")?.constraints, [
      {
        status: "not matched",
        why: 'orders "1" is less than "2"',
        type: "NUMBER_CONSTRAINT_COMPARISON_TYPE",
        property: "orders",
        operator: "gte",
        value: "2",
        actual: "1",
        readAs: "number",
      },
      {
        status: "not reached",
        why: "a constraint before it decided",
        type: "NUMBER_CONSTRAINT_COMPARISON_TYPE",
        property: "tier",
        operator: "isnotoneof",
        value: "[0, 7, 13]",
        values: [0, 7, 13],
        actual: "",
        readAs: "number",
      },
    ]);
    assert.deepEqual(
      third?.distributions.map((
        { variantKey, rollout, from, to, hit },
      ) => [variantKey, rollout, from, to, hit]),
      [["one-page", 80, 0, 800, false], ["classic", 20, 800, 1000, true]],
    );
  });

  test(`${kind} explains a boolean flag step by step`, { skip, ...LONG }, async () => {
    using client = await shop(options);
    const explanation = await client.explain("boolean", { flagKey: "free-shipping", entityId: "user-12" });
    const answer = client.evaluateBoolean("free-shipping", "user-12");
    assert.deepEqual({ ...explanation.result, timestamp: "" }, { ...answer, timestamp: "" });
    checkTrace(explanation);
    assert.deepEqual(
      explanation.rollouts.map((rollout) => [rollout.kind, rollout.status]),
      [
        ["segment", "not matched"],
        ["segment", "matched"],
        ["segment", "not reached"],
        ["threshold", "not reached"],
      ],
    );
    assert.equal(explanation.why, "rollout 2 matches and gives false");
  });

  test(`${kind} refuses to explain what it refuses to evaluate`, { skip, ...LONG }, async () => {
    const client = await shop(options);
    const requests: readonly (readonly [string, unknown, unknown?, unknown?])[] = [
      ["variant", "unknown", "user-1"],
      ["boolean", "unknown", "user-1"],
      ["variant", "dark-mode", "user-1"],
      ["boolean", "banner", "user-1"],
      ["variant", "banner", "  "],
      ["boolean", "", "user-1"],
      ["variant", null],
      ["boolean", { flagKey: "dark-mode" }],
      ["variant", 5, "user-1"],
      ["boolean", "dark-mode", "user-1", "NL"],
      ["variant", "banner", "user-1", new Map()],
    ];
    const compare = async (): Promise<void> => {
      for (const [type, ...given] of requests) {
        const evaluation = answerOf(() =>
          Reflect.apply(type === "variant" ? client.evaluateVariant : client.evaluateBoolean, client, given)
        );
        assert.notEqual(evaluation.error, undefined);
        const explanation: Promise<unknown> = Reflect.apply(client.explain, client, [type, ...given]);
        await assert.rejects(explanation, { message: evaluation.error });
      }
    };
    await compare();
    client.close();
    await compare();
    await assert.rejects(client.explain("boolean", "dark-mode", "user-1"), EvaluationError);
  });

  test(`a client attached to one on ${kind} explains, too`, { skip, ...LONG }, async () => {
    using client = await shop(options);
    using attached = await FliptClient.attach(client.share());
    const context = { country: "NL" };
    const own = await client.explain("variant", "checkout-flow", "user-1", context);
    const theirs = await attached.explain("variant", "checkout-flow", "user-1", context);
    assert.deepEqual(stepsOf(theirs), stepsOf(own));
  });

  test(
    `an explanation of ${kind} comes from one state while others replace it`,
    { skip, ...LONG },
    async () => {
      let number = 0;
      const fetcher = () => {
        const variant = { id: "1", key: `variant-${++number}` };
        return Promise.resolve(
          Response.json({
            namespace: { key: "default" },
            flags: [{ key: "flag", name: "", enabled: true, defaultVariant: variant }],
          }),
        );
      };
      using client = await FliptClient.init({ updateInterval: 0, fetcher, ...options });
      const seen = new Set<string>();
      for (let i = 0; i < 10; i++) {
        const refreshed = client.refresh();
        const { flag, result, why } = await client.explain("variant", "flag", "user-1");
        assert.equal(result.variantKey, flag.defaultVariant?.key);
        assert.ok(why.includes(`"${result.variantKey}"`));
        seen.add(result.variantKey);
        await refreshed;
      }
      assert.ok(seen.size > 5);
    },
  );
}

/** What of an explanation is not the clock's, nor the reference library's random order of segments. */
function stepsOf(explanation: Explanation): unknown {
  const steps = explanation.type === "variant" ? explanation.rules : explanation.rollouts;
  return [
    explanation.why,
    explanation.flag,
    explanation.bucket,
    steps.map(({ number, status }) => [number, status]),
  ];
}

test("an explanation asks for the one flag and not for the whole state", async () => {
  for (const engine of await enginesUnderTest()) {
    const state = await compileText(engine, JSON.stringify(shopDocument()), "shop");
    state.snapshot = () => assert.fail("the whole state was written");
    const request = { flagKey: "dark-mode", entityId: "user-1", context: {} };
    assert.equal(explain(state, "shop", { type: "boolean", ...request }).flag.key, "dark-mode");
    state.release();
  }
});

test("segments stand in the document's order, also where their keys are numbers", async () => {
  const segments = ["20", "b", "1"].map((key) => ({
    key,
    matchType: "ALL_SEGMENT_MATCH_TYPE",
    constraints: [],
  }));
  const document = {
    namespace: { key: "default" },
    flags: [{
      key: "flag",
      name: "",
      enabled: true,
      rules: [{ segments, segmentOperator: "OR_SEGMENT_OPERATOR", distributions: [] }],
    }],
  };
  const request = { flagKey: "flag", entityId: "user-1", context: {} };
  for (const engine of await enginesUnderTest()) {
    const state = await compileText(engine, JSON.stringify(document), "default");
    const explanation = explain(state, "default", { type: "variant", ...request });
    assert.ok(explanation.type === "variant");
    assert.deepEqual(explanation.rules[0]?.segments.map(({ key }) => key), ["20", "b", "1"]);
    assert.deepEqual(explanation.result.segmentKeys, ["20", "b", "1"]);
    state.release();
  }
});

test("without any flag state, an explanation fails as an evaluation does", async () => {
  const fetcher = () => Promise.resolve(new Response("", { status: 404 }));
  using client = await shop({ engine: "portable", errorStrategy: "fallback", fetcher });
  const { error } = answerOf(() => client.evaluateVariant("banner", "user-1"));
  assert.equal(error, "invalid request: failed to get flag information shop/banner");
  await assert.rejects(client.explain("variant", "banner", "user-1"), { message: error });
});

test("hooks do not run for an explanation", async () => {
  const called: string[] = [];
  const hook = { before: () => called.push("before"), after: () => called.push("after") };
  using client = await shop({ engine: "portable", hook });
  await client.explain("boolean", "dark-mode", "user-1");
  assert.deepEqual(called, []);
  client.evaluateBoolean("dark-mode", "user-1");
  assert.deepEqual(called, ["before", "after"]);
});

test("only the two types of flags can be explained", async () => {
  using client = await shop({ engine: "portable" });
  for (const [type, word] of [["toggle", '"toggle"'], [undefined, "undefined"], [5, "a number"]] as const) {
    await assert.rejects(
      Reflect.apply(client.explain, client, [type, "dark-mode", "user-1"]),
      new ValidationError(`explain() takes "variant" or "boolean" first, but was given ${word}`),
    );
  }
});

test("each property of the context is read once, and what reading it throws is told", async () => {
  using client = await shop({ engine: "portable" });
  let reads = 0;
  const context = {
    get country(): string {
      return ["NL", "BE"][reads++] ?? "US";
    },
  };
  const explanation = await client.explain("variant", "checkout-flow", "user-1", context);
  assert.equal(reads, 1);
  checkTrace(explanation);
  const broken = {
    get country(): string {
      throw new Error("no");
    },
  };
  await assert.rejects(
    client.explain("variant", "checkout-flow", "user-1", broken),
    (error) =>
      error instanceof ValidationError && error.cause instanceof Error && error.cause.message === "no",
  );
});

test("an explanation is plain data that survives JSON and a message to a Worker", async () => {
  using client = await shop({ engine: "portable" });
  const explanation = await client.explain("variant", "checkout-flow", "user-1", { country: "NL" });
  assert.deepEqual(JSON.parse(JSON.stringify(explanation)), explanation);
  assert.deepEqual(structuredClone(explanation), explanation);
});

test("the text of an explanation shows every step", async () => {
  using client = await shop({ engine: "portable" });
  const variant = await client.explain("variant", "checkout-flow", "user-1", { country: "NL", consent: "y" });
  assert.equal(
    explanationText(variant),
    [
      'variant flag "checkout-flow" of namespace "shop", enabled',
      'entity "user-1"',
      'answer: variant "classic" (MATCH_EVALUATION_REASON)',
      'because rule 4 matches and has no variant to give, and the default variant is "classic"',
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
