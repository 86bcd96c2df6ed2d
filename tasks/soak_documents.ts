// The documents that the soak test serves, each with a number of its own, and what is known of their answers.

import { createHash } from "node:crypto";
import { portableEngine } from "../engines/portable/mod.ts";
import type { CompiledState } from "../engines/engine.ts";
import { compileAll } from "../src/state/compiling.ts";
import type { BatchEvaluationResponse, EvaluationRequest } from "../core/types.ts";
import type { Random } from "../tests/support/random.ts";
import { shopDocument } from "../tests/support/runtime.ts";
import type { DocumentJson } from "../tests/support/server.ts";

/** The flag whose default variant tells the document's number. */
const numberFlag = "document-number";
/** The requests that every document is asked. */
const requestCount = 16;

/** What an evaluation said. */
export type Judgement =
  | { readonly kind: "right"; readonly number: number }
  | { readonly kind: "empty" }
  | { readonly kind: "wrong"; readonly reason: string };

/** Makes documents, and judges answers by all that were ever made. */
export class Documents {
  readonly #random: Random;
  readonly #requests: readonly EvaluationRequest[];
  /** Of each document, a digest of all its answers. */
  readonly #answers: string[] = [];

  /** None so far. */
  constructor(random: Random) {
    this.#random = random;
    const keys = [...shopDocument().flags.map(({ key }) => key), "extra-1"];
    this.#requests = random.list(requestCount, () => ({
      flagKey: random.pick(keys),
      entityId: random.pick(["user-1", "staff-7", `user-${random.below(1_000)}`]),
      context: {
        country: random.pick(["NL", "US", "DE"]),
        consent: random.pick(["yes", ""]),
        orders: random.below(40),
        email: random.pick(["a@shop.example", "b@example.com"]),
      },
    }));
  }

  /** How many documents there are; they count from 0. */
  get count(): number {
    return this.#answers.length;
  }

  /** A new document. */
  async next(): Promise<DocumentJson> {
    const number = this.#answers.length;
    const random = this.#random;
    const base = shopDocument();
    const flags = base.flags.filter(() => !random.chance(0.05)).map((flag) => ({
      ...flag,
      enabled: random.chance(0.7),
    }));
    const extra = random.list(random.below(3), (index) => ({
      key: `extra-${index}`,
      name: "",
      type: "BOOLEAN_FLAG_TYPE",
      enabled: random.chance(0.5),
    }));
    const counter = {
      key: numberFlag,
      name: "",
      type: "VARIANT_FLAG_TYPE",
      enabled: true,
      defaultVariant: { id: "number", key: String(number) },
    };
    const document = { ...base, flags: [...flags, ...extra, counter] };
    const bytes = new TextEncoder().encode(JSON.stringify(document));
    const { signal } = new AbortController();
    const state = await compileAll(portableEngine(), "document", base.namespace.key, [bytes], signal);
    this.#answers.push(digest(this.#requests.map((request) => expected(state, request))));
    state.release();
    return document;
  }

  /** Asks all the requests at once, and judges the answers: all of them must be those of one document. */
  judge(evaluate: (requests: readonly EvaluationRequest[]) => BatchEvaluationResponse): Judgement {
    const { responses } = evaluate([{ flagKey: numberFlag, entityId: "soak" }, ...this.#requests]);
    const [first, ...rest] = responses;
    if (first?.type !== "VARIANT_EVALUATION_RESPONSE_TYPE") {
      const isEmpty = responses.every(({ type }) => type === "ERROR_EVALUATION_RESPONSE_TYPE");
      return isEmpty ? { kind: "empty" } : { kind: "wrong", reason: "a document without its number" };
    }
    const number = Number(first.variantEvaluationResponse.variantKey);
    const known = this.#answers[number];
    if (known === undefined) return { kind: "wrong", reason: `document ${number} was never served` };
    if (digest(rest.map(essence)) === known) return { kind: "right", number };
    return { kind: "wrong", reason: `answers that are not those of document ${number}` };
  }
}

type Response = BatchEvaluationResponse["responses"][number];

/** The answer as a batch has it. */
function expected(state: CompiledState, request: EvaluationRequest): readonly unknown[] {
  const { flagKey, entityId, context } = request;
  const response = state.evaluate(flagKey, entityId, context ?? {});
  if (response !== undefined) return essence(response);
  return [flagKey, "unknown"];
}

/** What is the same each time that a document is asked. */
function essence(response: Response): readonly unknown[] {
  switch (response.type) {
    case "VARIANT_EVALUATION_RESPONSE_TYPE": {
      const { flagKey, match, variantKey, variantAttachment, segmentKeys, reason } =
        response.variantEvaluationResponse;
      return [flagKey, match, variantKey, variantAttachment, [...segmentKeys].sort(), reason];
    }
    case "BOOLEAN_EVALUATION_RESPONSE_TYPE": {
      const { flagKey, enabled, segmentKeys, reason } = response.booleanEvaluationResponse;
      return [flagKey, enabled, [...segmentKeys].sort(), reason];
    }
    case "ERROR_EVALUATION_RESPONSE_TYPE":
      return [response.errorEvaluationResponse.flagKey, "unknown"];
  }
}

function digest(answers: readonly unknown[]): string {
  return createHash("sha1").update(JSON.stringify(answers)).digest("base64");
}
