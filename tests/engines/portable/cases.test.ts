// The portable engine against what the reference library answered, without the library: every named case.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CompiledState } from "../../../engines/engine.ts";
import { portableEngine } from "../../../engines/portable/mod.ts";
import { namedCases, type NamedRequest } from "../../support/cases.ts";
import { type Answer, answerOf, compileText, evaluatorOf, sameAnswer } from "../../support/compare.ts";

/** The same request as a batch asks it, in the form of an answer. */
function entryOf(state: CompiledState, { flagKey, entityId, context }: NamedRequest): Answer {
  const entry = state.evaluate(flagKey, entityId, context);
  const isBoolean = entry?.type === "BOOLEAN_EVALUATION_RESPONSE_TYPE";
  return answerOf(() =>
    (isBoolean ? entry.booleanEvaluationResponse : entry?.variantEvaluationResponse) ?? {}
  );
}

for (const { name, document, requests } of namedCases()) {
  test(name, async () => {
    const state = await compileText(portableEngine(), document, "default");
    const evaluate = evaluatorOf(state);
    assert.ok(requests.length > 0);
    for (const request of requests) {
      const answer = evaluate(request);
      assert.ok(
        sameAnswer(answer, request.answer),
        `${JSON.stringify(request)}\nwas answered: ${JSON.stringify(answer)}`,
      );
      if (!("error" in answer)) assert.deepEqual(entryOf(state, request), answer);
    }
  });
}
