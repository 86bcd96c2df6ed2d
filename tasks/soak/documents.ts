// The documents that the soak test serves. Each has a number, and its answers are known.

import { createHash } from "node:crypto";
import { portableEngine } from "../../engines/portable/mod.ts";
import type { CompiledState } from "../../engines/engine.ts";
import { compileAll } from "../../src/state/compiling.ts";
import type { BatchEvaluationResponse, EvaluationRequest } from "../../core/types.ts";
import type { Random } from "../../tests/support/random.ts";
import { shopDocument } from "../../tests/support/runtime.ts";
import type { DocumentJson } from "../../tests/support/server.ts";

/** The flag whose default variant is the document's number. */
const NUMBER_FLAG = "document-number";
/** The number of requests that every document is checked with. */
const REQUEST_COUNT = 16;
/** Follows the number of a document that was pushed. */
const PUSHED_MARK = "p";
/** The maximum number of documents. Space for their answers is allocated at once, so that memory does not grow. */
const MAX_DOCUMENTS = 200_000;

/** The result of a check. */
export type Judgement =
  | { readonly kind: "right"; readonly number: number; readonly isPushed: boolean }
  | { readonly kind: "empty" }
  /** The answers of the document with this number are not known yet. */
  | { readonly kind: "ahead"; readonly number: number }
  | { readonly kind: "wrong"; readonly reason: string };

/**
 * Generates documents, and checks answers against all of them. Two with the same seed generate the same documents: one
 * serves them, and another in the clients' process checks the answers.
 */
export class Documents {
  readonly #random: Random;
  readonly #requests: readonly EvaluationRequest[];
  /** The digest of the answers of each document. */
  readonly #answers = new Float64Array(MAX_DOCUMENTS);
  #count = 0;
  #checkable = 0;

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
    return this.#count;
  }

  /** Generates a document whose answers can be checked. */
  async next(isPushed = false): Promise<DocumentJson> {
    const document = this.generate(isPushed);
    const bytes = new TextEncoder().encode(JSON.stringify(document));
    const { signal } = new AbortController();
    const state = await compileAll(portableEngine(), "document", document.namespace.key, [bytes], signal);
    const answers = this.#requests.map((request) => expected(state, request));
    this.#answers[this.#checkable++] = digest(answers);
    state.release();
    return document;
  }

  /** Generates a document whose answers are checked elsewhere. It says whether it is pushed. */
  generate(isPushed: boolean): DocumentJson {
    const number = this.#count++;
    if (number >= MAX_DOCUMENTS) throw new Error(`more than ${MAX_DOCUMENTS} documents`);
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
      defaultVariant: { id: "number", key: `${number}${isPushed ? PUSHED_MARK : ""}` },
    };
    return { ...base, flags: [...flags, ...extra, counter] };
  }

  /** Evaluates all requests in one batch, and checks that all answers are those of one document. */
  judge(evaluate: (requests: readonly EvaluationRequest[]) => BatchEvaluationResponse): Judgement {
    const { responses } = evaluate([{ flagKey: NUMBER_FLAG, entityId: "soak" }, ...this.#requests]);
    const [first, ...rest] = responses;
    if (first?.type !== "VARIANT_EVALUATION_RESPONSE_TYPE") {
      const isEmpty = responses.every(({ type }) => type === "ERROR_EVALUATION_RESPONSE_TYPE");
      return isEmpty ? { kind: "empty" } : { kind: "wrong", reason: "a document without its number" };
    }
    const { variantKey } = first.variantEvaluationResponse;
    const isPushed = variantKey.endsWith(PUSHED_MARK);
    const number = Number(isPushed ? variantKey.slice(0, -PUSHED_MARK.length) : variantKey);
    if (!(number < MAX_DOCUMENTS)) {
      return { kind: "wrong", reason: `document ${variantKey} was never served` };
    }
    if (number >= this.#checkable) return { kind: "ahead", number };
    if (digest(rest.map(comparablePart)) === this.#answers[number]) {
      return { kind: "right", number, isPushed };
    }
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

function digest(answers: readonly unknown[]): number {
  return createHash("sha1").update(JSON.stringify(answers)).digest().readUIntBE(0, 6);
}
