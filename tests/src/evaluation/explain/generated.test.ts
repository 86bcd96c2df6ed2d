// Explanations of generated requests: the same on every engine, and never at odds with the evaluation.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CompiledState, Engine } from "../../../../engines/engine.ts";
import type { Explanation } from "../../../../mod.ts";
import { explanationText } from "../../../../mod.ts";
import { explain } from "../../../../src/evaluation/explain/explain.ts";
import type { Answer } from "../../../support/compare.ts";
import { answerOf, compileText, evaluatorOf, sameAnswer } from "../../../support/compare.ts";
import { enginesUnderTest, missingReference, referenceEngine } from "../../../support/differential.ts";
import type { GeneratedRequest } from "../../../support/generator.ts";
import { generateCase } from "../../../support/generator.ts";
import { checkTrace } from "../../../support/trace.ts";

const FIXED_SEED = 40_000;
// The clock, and shares, of which the native engine keeps 32 bits, with the sentences that tell them. The buckets that
// come of shares are compared.
const NOT_COMPARED = new Set(["timestamp", "requestDurationMillis", "rollout", "percentage", "why"]);
// Bun ends a test after five seconds unless it says how long it takes.
const LONG = { timeout: 300_000 };

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
