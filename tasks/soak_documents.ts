// The documents that the soak test serves. Each has a number, and its answers are known.

import { createHash } from "node:crypto";
import { portableEngine } from "../engines/portable/mod.ts";
import type { CompiledState } from "../engines/engine.ts";
import { compileAll } from "../src/state/compiling.ts";
import type { BatchEvaluationResponse, EvaluationRequest } from "../core/types.ts";
import type { Random } from "../tests/support/random.ts";
import { shopDocument } from "../tests/support/runtime.ts";
import type { DocumentJson } from "../tests/support/server.ts";

/** The flag whose default variant is the document's number. */
const NUMBER_FLAG = "document-number";
/** The number of requests that every document is checked with. */
const REQUEST_COUNT = 16;

/** The result of a check. */
export type Judgement =
  | { readonly kind: "right"; readonly number: number }
  | { readonly kind: "empty" }
  | { readonly kind: "wrong"; readonly reason: string };

/** Generates documents, and checks answers against all of them. */
export class Documents {
  readonly #random: Random;
  readonly #requests: readonly EvaluationRequest[];
  /** The digest of the answers of each document. */
  readonly #answers: string[] = [];

  /** Starts without documents. */
  constructor(random: Random) {
    this.#random = random;
    const keys = [...shopDocument().flags.map(({ key }) => key), "extra-1"];
    this.#requests = random.list(REQUEST_COUNT, () => ({
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

  /** The number of documents. The first one has the number 0. */
  get count(): number {
    return this.#answers.length;
  }

  /** Generates a document. */
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
      key: NUMBER_FLAG,
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

  /** Evaluates all requests in one batch, and checks that all answers are those of one document. */
  judge(evaluate: (requests: readonly EvaluationRequest[]) => BatchEvaluationResponse): Judgement {
    const { responses } = evaluate([{ flagKey: NUMBER_FLAG, entityId: "soak" }, ...this.#requests]);
    const [first, ...rest] = responses;
    if (first?.type !== "VARIANT_EVALUATION_RESPONSE_TYPE") {
      const isEmpty = responses.every(({ type }) => type === "ERROR_EVALUATION_RESPONSE_TYPE");
      return isEmpty ? { kind: "empty" } : { kind: "wrong", reason: "a document without its number" };
    }
    const number = Number(first.variantEvaluationResponse.variantKey);
    const known = this.#answers[number];
    if (known === undefined) return { kind: "wrong", reason: `document ${number} was never served` };
    if (digest(rest.map(comparablePart)) === known) return { kind: "right", number };
    return { kind: "wrong", reason: `answers that are not those of document ${number}` };
  }
}

type Response = BatchEvaluationResponse["responses"][number];

/** Returns the comparable part of the expected answer. */
function expected(state: CompiledState, request: EvaluationRequest): readonly unknown[] {
  const { flagKey, entityId, context } = request;
  const response = state.evaluate(flagKey, entityId, context ?? {});
  if (response !== undefined) return comparablePart(response);
  return [flagKey, "unknown"];
}

/** Returns the part of an answer that does not change between evaluations. */
function comparablePart(response: Response): readonly unknown[] {
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
