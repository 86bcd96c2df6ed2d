// client.explain: the steps of an evaluation on every engine, and what it refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Explanation } from "../../../../mod.ts";
import { EvaluationError, FliptClient, ValidationError } from "../../../../mod.ts";
import { explain } from "../../../../src/evaluation/explain/explain.ts";
import { answerOf, compileText } from "../../../support/compare.ts";
import { enginesUnderTest } from "../../../support/differential.ts";
import { testedEngines } from "../../../support/engines.ts";
import { shop } from "../../../support/explain.ts";
import { shopDocument } from "../../../support/runtime.ts";
import { checkTrace } from "../../../support/trace.ts";

// Bun ends a test after five seconds unless it says how long it takes.
const LONG = { timeout: 300_000 };

/** An answer without when it was given and how long that took, which differ from one evaluation to the next. */
function untimed(answer: object): object {
  return { ...answer, timestamp: "", requestDurationMillis: 0 };
}

for (const { kind, options, skip } of await testedEngines()) {
  test(`${kind} explains a variant flag step by step`, { skip, ...LONG }, async () => {
    using client = await shop(options);
    const context = { country: "NL", consent: "yes", orders: 1, signed_up: "2026-06-01T00:00:00Z" };
    const explanation = await client.explain("variant", "checkout-flow", "user-1", context);
    const answer = client.evaluateVariant("checkout-flow", "user-1", context);
    assert.deepEqual(untimed(explanation.result), untimed(answer));
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
        why: "an earlier constraint decided",
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
    assert.deepEqual(untimed(explanation.result), untimed(answer));
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
  assert.match(
    `${error}`,
    /^invalid request: failed to get flag information shop\/banner: no flags have been fetched/,
  );
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
