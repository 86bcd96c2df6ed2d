// Evaluations that never throw for what a server, a flag or a user's data can cause: each is an evaluation, and a default
// where that gives no answer.

import type {
  AnyContext,
  BooleanEvaluationResponse,
  ContextObject,
  EvaluationRequest,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import { FliptError, ValidationError } from "../../core/errors.ts";
import { withAdvice } from "./advice.ts";
import { attachedParts, partsOf } from "./client_parts.ts";
import {
  checkDefault,
  checkedOptions,
  type DefaultParts,
  detailsOf,
  type DetailsOptions,
  type EvaluationDetails,
  isRequest,
  type ValueOptions,
  type Wanted,
  wantedBy,
} from "./details.ts";
import { type AllAnswers, evaluateAll, type EvaluateAllOptions } from "./evaluate_all.ts";
import { type EvaluationParts, Evaluations } from "./evaluations.ts";
import type {
  AnyFlags,
  BooleanFlagKey,
  ContextOf,
  FlagKey,
  FlagTypes,
  RequestOf,
  VariantFlagKey,
  VariantKey,
} from "./typed_flags.ts";

/** The key of a flag, or a request. */
type FirstArgument = string | EvaluationRequest;

/** What safe evaluations are answered from. */
export type SafeEvaluationParts = EvaluationParts & DefaultParts;

/** The calls of every client. */
export class SafeEvaluations<out Flags extends FlagTypes<Flags> = AnyFlags> extends Evaluations<Flags> {
  // The first form of each call is the one with a request: compared with that one first, a client of more flags is
  // assignable to one of fewer.

  /** Takes the parts over. */
  constructor(parts: SafeEvaluationParts) {
    super(parts);
  }

  /**
   * Returns whether a boolean flag is on; the default if it has no answer: the flag is unknown or a variant flag, there
   * is no flag state, or the context cannot be used. Each use of a default emits a `"default"` event.
   *
   * @param defaultValue What is returned then. @default the one in the option `defaults`, or false
   * @throws {ValidationError} only when the flag key is not a string or is blank, the entity id is not a string, or the
   * default is of another type.
   *
   * @example
   * ```ts
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * using client = await FliptClient.init({
   *   fetcher: async () => Response.json({
   *     namespace: { key: "default" },
   *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
   *   }),
   *   defaults: { "new-search": true },
   * });
   * console.assert(client.isEnabled("dark-mode", "user-1", { country: "NL" }));
   * console.assert(client.isEnabled("new-search", "user-1"));
   * console.assert(!client.isEnabled("no-such-flag", "user-1"));
   * ```
   */
  isEnabled<Key extends BooleanFlagKey<Flags>>(
    request: RequestOf<Flags, Key>,
    defaultValue?: boolean,
  ): boolean;
  /** Returns whether a boolean flag is on for an entity, or the default. */
  isEnabled<Key extends BooleanFlagKey<Flags>>(
    flagKey: Key,
    entityId: string,
    context?: ContextOf<Flags, Key> | null,
    defaultValue?: boolean,
  ): boolean;
  isEnabled(first: FirstArgument, second?: AnyContext, context?: AnyContext, given?: boolean): boolean {
    const other = isRequest(first) ? second : given;
    checkDefault("isEnabled", other);
    try {
      return (this as unknown as Evaluations).evaluateBoolean(first as string, second, context).enabled;
    } catch (error) {
      return detailsOf(this, "isEnabled", first, second, context, { default: other }, undefined, error)
        .value as boolean;
    }
  }

  /**
   * Returns the key of a flag's variant; the default if none applies or the flag has no answer, as for `isEnabled`.
   *
   * @param defaultValue What is returned then. @default the one in the option `defaults`, or `""`
   * @throws {ValidationError} only when the flag key is not a string or is blank, the entity id is not a string, or the
   * default is of another type.
   *
   * @example
   * ```ts
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * using client = await FliptClient.init({
   *   fetcher: async () => Response.json({ namespace: { key: "default" }, flags: [] }),
   * });
   * console.assert(client.variant("theme", "user-1", {}, "light") === "light");
   * ```
   */
  variant<Key extends VariantFlagKey<Flags>, Default extends VariantKey<Flags, Key> = VariantKey<Flags, Key>>(
    request: RequestOf<Flags, Key>,
    defaultValue?: Default,
  ): Exclude<VariantKey<Flags, Key>, ""> | Default;
  /** Returns the key of a flag's variant for an entity, or the default. */
  variant<Key extends VariantFlagKey<Flags>, Default extends VariantKey<Flags, Key> = VariantKey<Flags, Key>>(
    flagKey: Key,
    entityId: string,
    context?: ContextOf<Flags, Key> | null,
    defaultValue?: Default,
  ): Exclude<VariantKey<Flags, Key>, ""> | Default;
  variant(first: FirstArgument, second?: AnyContext, context?: AnyContext, given?: string): string {
    const other = isRequest(first) ? second : given;
    checkDefault("variant", other);
    let response: VariantEvaluationResponse | undefined;
    let problem: unknown;
    try {
      response = (this as unknown as Evaluations).evaluateVariant(first as string, second, context);
      if (response.variantKey !== "") return response.variantKey;
    } catch (error) {
      problem = error;
    }
    return detailsOf(this, "variant", first, second, context, { default: other }, response, problem)
      .value as string;
  }

  /**
   * Returns the attachment of a flag's variant, as a value: parsed, and checked by `schema`, once for each flag state,
   * frozen, and the same object each time. The default if there is no variant or no usable attachment, or the flag has
   * no answer, as for `isEnabled`.
   *
   * @throws {ValidationError} only when the flag key is not a string or is blank, the entity id is not a string, or an
   * option cannot be used.
   *
   * @example
   * ```ts
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * using client = await FliptClient.init({
   *   fetcher: async () => Response.json({
   *     namespace: { key: "default" },
   *     flags: [{
   *       key: "theme",
   *       name: "",
   *       enabled: true,
   *       defaultVariant: { id: "1", key: "wide", attachment: '{ "columns": 4 }' },
   *     }],
   *   }),
   * });
   * const { columns } = client.value("theme", "user-1", {}, { default: { columns: 3 } });
   * console.assert(columns === 4);
   * ```
   */
  value<Value, Key extends VariantFlagKey<Flags> = VariantFlagKey<Flags>>(
    request: RequestOf<Flags, Key>,
    options: ValueOptions<Value> & { readonly default: Value },
  ): Value;
  /** The attachment for an entity. */
  value<Value, Key extends VariantFlagKey<Flags> = VariantFlagKey<Flags>>(
    flagKey: Key,
    entityId: string,
    context: ContextOf<Flags, Key> | null | undefined,
    options: ValueOptions<Value> & { readonly default: Value },
  ): Value;
  /** Returns the attachment; without a default of the call, `undefined` if there is none. */
  value<Value = unknown, Key extends VariantFlagKey<Flags> = VariantFlagKey<Flags>>(
    request: RequestOf<Flags, Key>,
    options?: ValueOptions<Value>,
  ): Value | undefined;
  /** Returns the attachment for an entity; without a default of the call, `undefined` if there is none. */
  value<Value = unknown, Key extends VariantFlagKey<Flags> = VariantFlagKey<Flags>>(
    flagKey: Key,
    entityId: string,
    context?: ContextOf<Flags, Key> | null,
    options?: ValueOptions<Value>,
  ): Value | undefined;
  value(
    first: FirstArgument,
    second?: AnyContext,
    context?: AnyContext,
    last?: ValueOptions<unknown>,
  ): unknown {
    const options = checkedOptions("value", isRequest(first) ? second : last);
    let response: VariantEvaluationResponse | undefined;
    let problem: unknown;
    try {
      response = (this as unknown as Evaluations).evaluateVariant(first as string, second, context);
      const { attachments, holder } = partsOf<SafeEvaluationParts>(this);
      const { value } = attachments.valueOf(holder.answering, response.variantAttachment, options.schema);
      if (value !== undefined) return value;
    } catch (error) {
      problem = error;
    }
    return detailsOf(this, "value", first, second, context, options, response, problem).value;
  }

  /**
   * Returns the answer of a flag of either type, and why, or the default and what went wrong. The value is that of a
   * boolean flag, or the attachment of a variant, or its key if it has none. A default or a schema selects one of
   * these; a flag of the other type is then a `TYPE_MISMATCH`.
   *
   * @throws {ValidationError} only when the flag key is not a string or is blank, the entity id is not a string, or an
   * option cannot be used.
   *
   * @example
   * ```ts
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * using client = await FliptClient.init({
   *   fetcher: async () => Response.json({ namespace: { key: "default" }, flags: [] }),
   * });
   * const { value, usedDefault, errorCode } = client.details("dark-mode", "user-1", {}, { default: true });
   * console.assert(value && usedDefault && errorCode === "FLAG_NOT_FOUND");
   * ```
   */
  details<Value, Key extends FlagKey<Flags> = FlagKey<Flags>>(
    request: RequestOf<Flags, Key>,
    options: DetailsOptions<Value> & { readonly default: Value },
  ): EvaluationDetails<Value>;
  /** Returns the answer of a flag of either type for an entity, and why. */
  details<Value, Key extends FlagKey<Flags> = FlagKey<Flags>>(
    flagKey: Key,
    entityId: string,
    context: ContextOf<Flags, Key> | null | undefined,
    options: DetailsOptions<Value> & { readonly default: Value },
  ): EvaluationDetails<Value>;
  /** Returns the answer of a flag of either type, and why. */
  details<Value = unknown, Key extends FlagKey<Flags> = FlagKey<Flags>>(
    request: RequestOf<Flags, Key>,
    options?: DetailsOptions<Value>,
  ): EvaluationDetails<Value | undefined>;
  /** Returns the answer of a flag of either type for an entity, and why. */
  details<Value = unknown, Key extends FlagKey<Flags> = FlagKey<Flags>>(
    flagKey: Key,
    entityId: string,
    context?: ContextOf<Flags, Key> | null,
    options?: DetailsOptions<Value>,
  ): EvaluationDetails<Value | undefined>;
  details(
    first: FirstArgument,
    second?: AnyContext,
    context?: AnyContext,
    last?: DetailsOptions<unknown>,
  ): EvaluationDetails {
    const { defaults } = attachedParts<SafeEvaluationParts>(this, "details");
    const [request, given] = isRequest(first)
      ? [first, second as DetailsOptions<unknown> | undefined]
      : [{ flagKey: first, entityId: second, context } as EvaluationRequest, last] as const;
    const options = checkedOptions("details", given);
    const wanted = wantedBy(options.default ?? defaults[request.flagKey], options.schema);
    const { response, problem } = evaluated(this as unknown as Evaluations, wanted, request);
    return detailsOf(this, wanted, request, undefined, undefined, options, response, problem);
  }

  /**
   * Returns the answers of all flags for one entity, from one flag state: for a page, a log or a request. A flag
   * without an answer gets its default of the option `defaults`, or is omitted. Hooks do not run and no `"default"`
   * events are emitted, since no flag was requested in particular.
   *
   * @throws {ValidationError} only when the entity id is not a string or is blank.
   *
   * @example
   * ```ts
   * import { FliptClient } from "@flipt-ffi/client";
   *
   * using client = await FliptClient.init({
   *   fetcher: async () => Response.json({
   *     namespace: { key: "default" },
   *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
   *   }),
   * });
   * const { flags } = client.evaluateAll("user-1", { country: "NL" });
   * console.assert(flags["dark-mode"]?.value === true);
   * ```
   */
  evaluateAll<Key extends FlagKey<Flags>>(
    entityId: string,
    context?: ContextObject | null,
    options?: EvaluateAllOptions<Key>,
  ): AllAnswers<Key>;
  evaluateAll(
    entityId: string,
    context?: ContextObject | null,
    options?: EvaluateAllOptions | null,
  ): AllAnswers {
    return evaluateAll(attachedParts<SafeEvaluationParts>(this, "evaluateAll"), entityId, context, options);
  }
}

/** What came of an evaluation: a response, or what it threw. */
export interface Evaluated {
  /** The response. */
  readonly response?: BooleanEvaluationResponse | VariantEvaluationResponse;
  /** What it threw. */
  readonly problem?: unknown;
}

/** Evaluates a flag of the type that is wanted. */
export function evaluated(client: Evaluations, wanted: Wanted, request: EvaluationRequest): Evaluated {
  try {
    if (wanted === "isEnabled") return { response: client.evaluateBoolean(request) };
    if (wanted !== "details") return { response: client.evaluateVariant(request) };
    // A batch takes either type.
    const entry = client.evaluateBatch([request]).responses[0];
    const response = entry?.booleanEvaluationResponse ?? entry?.variantEvaluationResponse;
    if (response !== undefined) return { response };
    // It takes an unknown flag for an answer, and its hooks were told. Why it is unknown only its state tells.
    const { flagKey, entityId } = request;
    return {
      response: partsOf<EvaluationParts>(client).holder.answering.evaluateVariant(flagKey, entityId, {}),
    };
  } catch (error) {
    // A batch says which of its requests is meant.
    const problem = error instanceof ValidationError && error.cause instanceof FliptError
      ? error.cause
      : error;
    return { problem: withAdvice(problem, request.flagKey, partsOf<EvaluationParts>(client)) };
  }
}
