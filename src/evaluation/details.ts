// Evaluations that cannot throw: what a default stands in for, which default it is, and what is told of it.

import { type EvaluationError, type EvaluationErrorCode, ValidationError } from "../../core/errors.ts";
import type {
  BooleanEvaluationResponse,
  EvaluationRequest,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import type { Warn } from "../../core/user_callbacks.ts";
import type { CompiledState } from "../../engines/engine.ts";
import { schemaHint } from "./advice.ts";
import type { Attachments } from "./attachments.ts";
import { isObject, mustBe, quote } from "../../core/describe.ts";
import { attachedParts } from "./client_parts.ts";
import { checkKey } from "./evaluation_input.ts";
import { type AnsweredReason, answeredReason } from "./overrides.ts";
import type { HookSlot } from "./evaluations.ts";
import type { StandardSchema } from "./standard_schema.ts";

/** Why a default was returned: as for `EvaluationError`, or the attachment or the context is not usable. */
export type DetailsErrorCode = EvaluationErrorCode | "INVALID_CONTEXT";

/** Why `details` returned its value. */
export type DetailsReason = AnsweredReason | "ERROR_EVALUATION_REASON";

/** The result of `details`: always a value, and why. */
export interface EvaluationDetails<Value = unknown> {
  /** The value of a boolean flag; the attachment or the key of a variant; or the default. */
  readonly value: Value;
  /** The key of the variant; `undefined` if none applies. */
  readonly variantKey?: string;
  /**
   * The reason of the answer; `ERROR_EVALUATION_REASON` if there is none, `OVERRIDE_EVALUATION_REASON` for an override.
   */
  readonly reason: DetailsReason;
  /** The keys of the segments that matched. */
  readonly segmentKeys: readonly string[];
  /** What went wrong; `undefined` if the flag was evaluated, even if no variant applies. */
  readonly errorCode?: DetailsErrorCode;
  /** The same in a sentence. */
  readonly errorMessage?: string;
  /** Whether `value` is a default. */
  readonly usedDefault: boolean;
}

/** A default was returned in place of an answer. */
export interface DefaultEvent {
  /** The key of the flag. */
  readonly flagKey: string;
  /** The default. */
  readonly value: unknown;
  /** What went wrong; `undefined` if no variant applied, or it had no attachment. */
  readonly errorCode?: DetailsErrorCode;
  /** The same in a sentence. */
  readonly errorMessage?: string;
}

/** Options of `value`. */
export interface ValueOptions<Value> {
  /** What is returned if there is no value. @default the one in the option `defaults` that is no boolean or string */
  readonly default?: Value;
  /** Checks the attachment, once for each flag state. @default none */
  readonly schema?: StandardSchema<Value>;
}

/** Options of `details`. They select the kind of value: a boolean, a variant's key or an attachment. */
export interface DetailsOptions<Value> {
  /** What is returned if there is no value. @default the one in the option `defaults` */
  readonly default?: Value;
  /** Checks the attachment of a variant. @default none */
  readonly schema?: StandardSchema<Value>;
}

/** What defaults are answered from, and told to. */
export interface DefaultParts {
  /** Gives the state that answers now. */
  readonly holder: { readonly answering: CompiledState };
  /** The option `defaults`; an object without a prototype. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** The attachments as values. */
  readonly attachments: Attachments;
  /** Is told of each default that is used. */
  readonly onDefault: (event: DefaultEvent) => void;
  /** Writes a line about a mistake of the program; absent where nobody reads it. */
  readonly warn?: Warn;
  /** What calls the hooks, where it has to be told of defaults that no evaluation tells it of. */
  readonly hooks: HookSlot | null;
}

/** What is wanted of a flag, by the call that wants it; `details` takes whatever there is. */
export type Wanted = "isEnabled" | "variant" | "value" | "details";

/** Which call wants the same of a flag as one with this default and schema. */
export function wantedBy(value: unknown, schema?: StandardSchema): Wanted {
  if (schema === undefined) {
    if (value === undefined) return "details";
    if (typeof value === "boolean") return "isEnabled";
    if (typeof value === "string") return "variant";
  }
  return "value";
}

const NONE = {};

/** Whether the first argument of a call is a request. Otherwise it is the key of a flag, or a mistake in its place. */
export function isRequest(first: unknown): first is EvaluationRequest {
  return typeof first === "object" && first !== null;
}

/** What the defaults of these calls are. */
const DEFAULT_TYPES: Partial<Record<Wanted, string>> = { isEnabled: "boolean", variant: "string" };

/**
 * Makes sure that the default of a call is of the type that it returns. One that is not would only be found when it is
 * used, in an outage.
 * @throws {ValidationError} when it is not.
 */
export function checkDefault(wanted: Wanted, value: unknown): void {
  if (value === undefined || value === null) return;
  const kind: string = typeof value;
  const { [wanted]: wantedKind = kind } = DEFAULT_TYPES;
  if (kind === wantedKind) return;
  throw new ValidationError(`the default of ${wanted}() ${mustBe(`a ${wantedKind}`, value)}`);
}

/**
 * The options of a call; none are an empty object.
 * @throws {ValidationError} when they are no object, or their schema cannot check anything.
 */
export function checkedOptions<Options extends object>(
  call: string,
  options: Options | null | undefined,
): Partial<Options> {
  if (options === undefined || options === null) return NONE;
  const checked: unknown = options;
  if (!isObject(checked)) {
    throw new ValidationError(`the options of ${call}() ${mustBe("an object", options)}`);
  }
  const { schema } = checked as { readonly schema?: StandardSchema };
  if (schema !== undefined && typeof schema?.["~standard"]?.validate !== "function") {
    throw new ValidationError(`schema of ${call}() ${mustBe(`a Standard Schema${schemaHint()}`, schema)}`);
  }
  return checked as Partial<Options>;
}

/**
 * The details of a flag's answer, or of the error in its place.
 * @param first The key of the flag, with the entity and the context after it; or a request.
 * @throws {ValidationError} when that was a mistake of the program: a key that is no string.
 */
export function detailsOf(
  client: object,
  wanted: Wanted,
  first: string | EvaluationRequest | undefined,
  second: unknown,
  third: unknown,
  { default: given, schema }: DetailsOptions<unknown>,
  answer: BooleanEvaluationResponse | VariantEvaluationResponse | undefined,
  error?: unknown,
): EvaluationDetails {
  const { flagKey = "", entityId, context }: Partial<Record<"entityId" | "context", unknown>> & {
    readonly flagKey?: string;
  } = isRequest(first) ? first : { flagKey: first, entityId: second, context: third };
  const response: Partial<BooleanEvaluationResponse & VariantEvaluationResponse> = answer ?? {};
  const { attachments, defaults, holder, hooks, onDefault } = attachedParts<DefaultParts>(client, wanted);
  const { segmentKeys = [], enabled, variantAttachment } = response;
  const variantKey = response.variantKey || undefined;
  const reason = answer === undefined ? "ERROR_EVALUATION_REASON" : answeredReason(answer);
  let value: unknown = enabled;
  let errorCode: DetailsErrorCode | undefined;
  let errorMessage: string | undefined;
  if (error !== undefined) {
    checkKey("flagKey", flagKey);
    if (typeof entityId !== "string") checkKey("entityId", entityId);
    errorCode = (error as EvaluationError).code ??
      (error instanceof ValidationError ? "INVALID_CONTEXT" : "NOT_READY");
    errorMessage = (error as Error).message;
  } else if (enabled === undefined && wanted !== "variant") {
    const attachment = attachments.valueOf(holder.answering, variantAttachment, schema);
    value = attachment.value;
    if (attachment.problem !== undefined) {
      errorCode = "INVALID_ATTACHMENT";
      errorMessage = `the attachment of ${quote(flagKey)} ${attachment.problem}`;
    }
  }
  if (errorCode === undefined && wanted !== "value") value ??= variantKey;
  let usedDefault = false;
  if (value === undefined) {
    const declared = defaults[flagKey];
    value = given ?? (wanted === "details" || wantedBy(declared) === wanted ? declared : undefined);
    usedDefault = (value ?? errorCode) !== undefined;
    value ??= wanted === "isEnabled" ? false : wanted === "variant" ? "" : undefined;
    if (errorMessage !== undefined) {
      if (answer === undefined) hooks?.runner?.refused(flagKey, entityId as string, context, error);
      else hooks?.runner?.unusable(answer, errorMessage);
    }
    if (usedDefault) onDefault({ flagKey, value, errorCode, errorMessage });
  }
  return { value, variantKey, reason, segmentKeys, errorCode, errorMessage, usedDefault };
}
