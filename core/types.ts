// What users pass in and get back. The names are those of npm's `@flipt-io/flipt-client-js`, so that moving is a change of import.

/**
 * The properties of the entity. Numbers, bigints and booleans are compared as their JSON text; `null`, `undefined` and
 * values of any other type count as absent.
 */
export type EvaluationContext = Readonly<Record<string, unknown>>;

/**
 * A value that is accepted as a context: an object of any type, including interfaces and classes. Iterables, such as
 * arrays and maps, have no properties and are rejected.
 */
export type ContextObject = EvaluationContext | (object & { readonly [Symbol.iterator]?: never });

/** A request for the evaluation of a flag. */
export interface EvaluationRequest<FlagKey extends string = string, Context = AnyContext> {
  /** The key of the flag. */
  flagKey: FlagKey;
  /** Who or what the flag is evaluated for; decides the bucket of a distribution and of a threshold. */
  entityId: string;
  /** What constraints compare. @default {} */
  context?: Context;
}

/** A context that can be read without a check, as in code for the official client: the result of `JSON.parse`. */
export type AnyContext = ReturnType<typeof JSON.parse>;

/** The reason for an answer. */
export type EvaluationReason =
  | "UNKNOWN_EVALUATION_REASON"
  | "FLAG_DISABLED_EVALUATION_REASON"
  | "MATCH_EVALUATION_REASON"
  | "DEFAULT_EVALUATION_REASON";

/** The type of a flag, as the server names it. */
export type FlagType = "VARIANT_FLAG_TYPE" | "BOOLEAN_FLAG_TYPE";

/** The variant of a flag when no rule decides. */
export interface DefaultVariant {
  /** The server's id of the variant. */
  readonly id: string;
  /** The key of the variant. */
  readonly key: string;
  /** JSON in a string, as the server sent it. */
  readonly attachment?: string;
}

/** A flag of the namespace, as `listFlags` returns it. */
export interface Flag {
  /** The key of the flag. */
  key: string;
  /** Whether a variant flag is on; the default value of a boolean flag. */
  enabled: boolean;
  /** The type of the flag. */
  type: FlagType;
  /** The description of the flag, if it has one. */
  description?: string;
  /** The variant when no rule decides, if the flag has one. */
  defaultVariant?: DefaultVariant;
}

/** The answer of a variant flag. */
export interface VariantEvaluationResponse<
  VariantKey extends string = string,
  FlagKey extends string = string,
> {
  /** Whether a rule matched. */
  match: boolean;
  /** The keys of the segments that matched, in the document's order. */
  segmentKeys: string[];
  /** Why. */
  reason: EvaluationReason;
  /** The key of the flag. */
  flagKey: FlagKey;
  /** The key of the variant; `""` when there is none. */
  variantKey: VariantKey;
  /** JSON in a string, as the server sent it: `null` for a variant without an attachment. Absent when no variant applies. */
  variantAttachment?: string;
  /** How long the evaluation took, in whole milliseconds: nearly always 0. */
  requestDurationMillis: number;
  /** When the answer was made, ISO 8601 in UTC. */
  timestamp: string;
}

/** The answer of a boolean flag. */
export interface BooleanEvaluationResponse<FlagKey extends string = string> {
  /** The value. */
  enabled: boolean;
  /** The key of the flag. */
  flagKey: FlagKey;
  /** Why. */
  reason: EvaluationReason;
  /** How long the evaluation took, in whole milliseconds: nearly always 0. */
  requestDurationMillis: number;
  /** When the answer was made, ISO 8601 in UTC. */
  timestamp: string;
  /** The keys of the segments that matched, in the document's order. */
  segmentKeys: string[];
}

/** The entry of a batch for a flag that does not exist. */
export interface ErrorEvaluationResponse<FlagKey extends string = string> {
  /** The key of the request. */
  flagKey: FlagKey;
  /** The namespace that was searched. */
  namespaceKey: string;
  /** Why there is no answer. */
  reason: "NOT_FOUND_ERROR_EVALUATION_REASON";
}

/** One entry of a batch: `type` says which of the members is present. */
export type EvaluationResponse<
  VariantResponse = VariantEvaluationResponse,
  BooleanResponse = BooleanEvaluationResponse,
  FlagKey extends string = string,
> =
  | {
    type: "VARIANT_EVALUATION_RESPONSE_TYPE";
    variantEvaluationResponse: VariantResponse;
    booleanEvaluationResponse?: undefined;
    errorEvaluationResponse?: undefined;
  }
  | {
    type: "BOOLEAN_EVALUATION_RESPONSE_TYPE";
    booleanEvaluationResponse: BooleanResponse;
    variantEvaluationResponse?: undefined;
    errorEvaluationResponse?: undefined;
  }
  | {
    type: "ERROR_EVALUATION_RESPONSE_TYPE";
    errorEvaluationResponse: ErrorEvaluationResponse<FlagKey>;
    variantEvaluationResponse?: undefined;
    booleanEvaluationResponse?: undefined;
  };

/** The answers of a batch, in the order of its requests. */
export interface BatchEvaluationResponse<Response = EvaluationResponse> {
  /** One entry per request. */
  responses: Response[];
  /** How long the batch took, in whole milliseconds. */
  requestDurationMillis: number;
}
