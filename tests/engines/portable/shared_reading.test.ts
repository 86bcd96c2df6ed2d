// What evaluations that follow each other share of a context: each property is read once, and never taken for another's.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationContext } from "../../../mod.ts";
import type { CompiledState, SharedReading } from "../../../engines/engine.ts";
import { noted } from "../../support/noted_context.ts";
import { compile, rulesFlag } from "../../support/portable.ts";

type Operator = "eq" | "prefix";

/** Conditions of `eq` alone are read before they are compared, others while they are. */
const OPERATORS: readonly Operator[] = ["eq", "prefix"];

/** Flags that compare one, two, three and, with the entity's id, no property. */
function stateOf(operator: Operator): Promise<CompiledState> {
  return compile({
    namespace: { key: "default" },
    flags: [
      rulesFlag("plan", operator, [["plan", "free"]], [["plan", "pro"]]),
      rulesFlag("country", operator, [["country", "DE"]], [["plan", "pro"], ["country", "NL"]]),
      rulesFlag("age", operator, [["age", "9"]], [["plan", "pro"], ["country", "NL"], ["age", "42"]]),
      rulesFlag("entity", operator, [["", "other"]], [["", "e"]]),
    ],
  });
}

/** The segments that match a flag. */
function keysOf(
  state: CompiledState,
  flagKey: string,
  entityId: string,
  context: EvaluationContext,
  shared?: SharedReading,
): readonly string[] | undefined {
  return state.evaluate(flagKey, entityId, context, 0, shared)?.variantEvaluationResponse?.segmentKeys;
}

const PRO = { plan: "pro", country: "NL", age: "42" };
const FREE = { plan: "free", country: "DE", age: "9" };

for (const operator of OPERATORS) {
  test(`flags that share a context read each property once: ${operator}`, async () => {
    const state = await stateOf(operator);
    for (
      const order of [["plan", "country", "age"], ["age", "plan", "country"], ["country", "age", "plan"]]
    ) {
      const { context, read } = noted(PRO);
      const shared = { reading: 0 };
      for (const key of [...order, "entity", ...order]) {
        assert.deepEqual(keysOf(state, key, "e", context, shared), ["s1"], key);
      }
      assert.deepEqual(read.toSorted(), ["age", "country", "plan"]);
    }
  });

  test(`a context that is read between two evaluations of another is not taken for it: ${operator}`, async () => {
    const state = await stateOf(operator);
    const [pro, free] = [{ reading: 0 }, { reading: 0 }];
    for (let round = 0; round < 3; round++) {
      for (const key of ["age", "plan", "country", "age"]) {
        assert.deepEqual(keysOf(state, key, "e", PRO, pro), ["s1"], key);
        assert.deepEqual(keysOf(state, key, "e", FREE, free), ["s0"], key);
        assert.deepEqual(keysOf(state, key, "e", { plan: "pro" }), key === "plan" ? ["s1"] : []);
      }
    }
  });

  test(`evaluations for several entities share a context, and not the entity: ${operator}`, async () => {
    const state = await stateOf(operator);
    const shared = { reading: 0 };
    for (const [entityId, segment] of [["e", "s1"], ["other", "s0"], ["e", "s1"]] as const) {
      assert.deepEqual(keysOf(state, "plan", entityId, PRO, shared), ["s1"]);
      assert.deepEqual(keysOf(state, "entity", entityId, PRO, shared), [segment]);
    }
  });

  test(`a getter that evaluates leaves those that share the context their own: ${operator}`, async () => {
    const state = await stateOf(operator);
    for (const inner of [undefined, { reading: 0 }]) {
      const context = {
        plan: "pro",
        get country(): string {
          assert.deepEqual(keysOf(state, "age", "other", FREE, inner), ["s0"]);
          return "NL";
        },
        age: "42",
      };
      const shared = { reading: 0 };
      for (const key of ["country", "age", "plan", "age"]) {
        assert.deepEqual(keysOf(state, key, "e", context, shared), ["s1"], key);
      }
    }
  });
}
