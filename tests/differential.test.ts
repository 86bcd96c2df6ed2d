// The engines against their oracle: generated documents and requests, and every case that ever told two engines apart.
// A mismatch prints its seed, document and request; from there it becomes a named case in fixtures/cases.json.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Answer,
  answerOf,
  compileText,
  evaluatorOf,
  plainContext,
  sameAnswer,
} from "./support/compare.ts";
import { namedCases } from "./support/cases.ts";
import {
  type Candidate,
  compareCase,
  emptyCoverage,
  engineCandidate,
  enginesUnderTest,
  missingReference,
  referenceEngine,
} from "./support/differential.ts";
import { portableEngine } from "../engines/portable/mod.ts";
import { OPERATORS } from "./support/generator.ts";

const FIXED_SEED = 20_000;
const DOCUMENTS = 600;
const REQUESTS = 200;
const FRESH_DOCUMENTS = 100;

// Bun ends a test after five seconds unless it says how long it takes.
const LONG = { timeout: 300_000 };
const missing = missingReference();
const WITH_REFERENCE = { ...LONG, skip: missing };

test(
  "native and portable answer generated requests as the reference library does",
  WITH_REFERENCE,
  async () => {
    const reference = await referenceEngine();
    const engines = await enginesUnderTest();
    const coverage = emptyCoverage();
    for (let seed = FIXED_SEED; seed < FIXED_SEED + DOCUMENTS; seed++) {
      const mismatch = await compareCase(
        seed,
        REQUESTS,
        engineCandidate(reference),
        engines.map(engineCandidate),
        coverage,
      );
      if (mismatch !== undefined) assert.fail(mismatch);
    }
    assert.ok(coverage.evaluations >= 100_000, `only ${coverage.evaluations} evaluations`);
    const shares = [...coverage.reasons].map(([reason, count]) =>
      `${reason} ${(100 * count / coverage.evaluations).toFixed(1)} %`
    );
    console.log(
      `${coverage.evaluations} requests to ${engines.map(({ info }) => info.kind)}: ${shares.join(", ")}`,
    );
    for (
      const reason of [
        "MATCH_EVALUATION_REASON",
        "DEFAULT_EVALUATION_REASON",
        "UNKNOWN_EVALUATION_REASON",
        "FLAG_DISABLED_EVALUATION_REASON",
        "error",
      ]
    ) {
      assert.ok(
        (coverage.reasons.get(reason) ?? 0) > coverage.evaluations / 50,
        `too few answers with ${reason}`,
      );
    }
    for (const [type, operators] of Object.entries(OPERATORS)) {
      for (const operator of operators) {
        const seen = coverage.operators.get(`${type}_CONSTRAINT_COMPARISON_TYPE ${operator}`);
        // No entity id is empty: these two can only come out one way.
        const always = type === "ENTITY_ID" && operator === "notempty";
        const never = type === "ENTITY_ID" && operator === "empty";
        assert.ok(never || (seen?.held ?? 0) > 10, `${type} ${operator} hardly ever held`);
        assert.ok(always || (seen?.failed ?? 0) > 10, `${type} ${operator} hardly ever failed`);
      }
    }
  },
);

test("a fresh seed finds no request that engines answer differently", WITH_REFERENCE, async () => {
  const reference = await referenceEngine();
  const engines = await enginesUnderTest();
  const first = Date.now() >>> 0;
  console.log(`fresh seeds from ${first}`);
  for (let seed = first; seed < first + FRESH_DOCUMENTS; seed++) {
    const mismatch = await compareCase(
      seed,
      REQUESTS,
      engineCandidate(reference),
      engines.map(engineCandidate),
      emptyCoverage(),
    );
    if (mismatch !== undefined) assert.fail(mismatch);
  }
});

test(
  "portable answers as npm's official client does, but for the reason of disabled boolean flags",
  LONG,
  async () => {
    for (let seed = FIXED_SEED; seed < FIXED_SEED + 100; seed++) {
      const mismatch = await compareCase(
        seed,
        REQUESTS,
        officialClient,
        [engineCandidate(portableEngine())],
        emptyCoverage(),
        (official, answer) => sameAnswer(official, asOfficial(answer)),
      );
      if (mismatch !== undefined) assert.fail(mismatch);
    }
  },
);

for (const { name, document, requests } of namedCases()) {
  test(`named case: ${name}`, LONG, async () => {
    const engines = await enginesUnderTest();
    if (missing === false) engines.push(await referenceEngine());
    for (const engine of engines) {
      const state = await compileText(engine, document, "default");
      const evaluate = evaluatorOf(state);
      for (const { answer, ...request } of requests) {
        const actual = evaluate(request);
        assert.ok(
          sameAnswer(actual, answer),
          `${engine.info.kind}: ${JSON.stringify(request)} gave ${JSON.stringify(actual)}, not ${
            JSON.stringify(answer)
          }`,
        );
      }
      state.release();
    }
  });
}

/**
 * npm's client. Where it and the reference library differ the library is right; these are all the differences known:
 *
 * | question                                        | library and this project          | npm's client                |
 * | ----------------------------------------------- | --------------------------------- | --------------------------- |
 * | reason of a disabled boolean flag, no rollouts  | `FLAG_DISABLED_EVALUATION_REASON` | `DEFAULT_EVALUATION_REASON` |
 */
const officialClient: Candidate = {
  name: "@flipt-io/flipt-client-js",
  open: async ({ namespace, document }) => {
    const { FliptClient } = await import("@flipt-io/flipt-client-js");
    const client = await FliptClient.init({
      namespace,
      url: "http://127.0.0.1:9",
      updateInterval: 0,
      fetcher: () => Promise.resolve(new Response(document)),
    });
    return {
      evaluate: ({ kind, ...given }) => {
        const request = {
          flagKey: given.flagKey.toWellFormed(),
          entityId: given.entityId.toWellFormed(),
          context: plainContext(given.context),
        };
        return answerOf(() =>
          kind === "variant" ? client.evaluateVariant(request) : client.evaluateBoolean(request)
        );
      },
      // Its types are a browser's, which has no timers to stop.
      close: () => (client as { close?: () => void }).close?.(),
    };
  },
};

function asOfficial(answer: Answer): Answer {
  const disabledBoolean = "enabled" in answer && answer.reason === "FLAG_DISABLED_EVALUATION_REASON";
  return disabledBoolean ? { ...answer, reason: "DEFAULT_EVALUATION_REASON" } : answer;
}
