/**
 * A client for [Flipt](https://flipt.io) feature flags that evaluates them in the process: it fetches a namespace's
 * flag state, keeps it up to date, and answers without a request.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 *
 * const client = await FliptClient.init({ url: "http://localhost:8080", namespace: "shop" });
 *
 * const checkout = client.evaluateVariant({
 *   flagKey: "checkout-flow",
 *   entityId: "user-1",
 *   context: { country: "NL", orders: 3 },
 * });
 * console.log(checkout.variantKey, checkout.reason);
 *
 * if (client.evaluateBoolean("dark-mode", "user-1").enabled) console.log("lights out");
 *
 * client.close();
 * ```
 *
 * @module
 */

export { FliptClient, FliptClient as FliptEvaluationClient } from "./src/client.ts";
export type { AttachedClient } from "./src/workers/attached_client.ts";
export type { Evaluations } from "./src/evaluation/evaluations.ts";
export type { SafeEvaluations } from "./src/evaluation/safe_evaluations.ts";
export type {
  DefaultEvent,
  DetailsErrorCode,
  DetailsOptions,
  DetailsReason,
  EvaluationDetails,
  ValueOptions,
} from "./src/evaluation/details.ts";
export type { AllAnswers, EvaluateAllOptions, FlagAnswer } from "./src/evaluation/evaluate_all.ts";
export type {
  AnsweredReason,
  FlagOverride,
  FlagOverrides,
  OverrideRequest,
  OverrideValues,
  ScopeOverrides,
  VariantOverride,
} from "./src/evaluation/overrides.ts";
export type {
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaResult,
} from "./src/evaluation/standard_schema.ts";
export type { CopiedStateHandle, SharedHandle } from "./src/workers/sharing.ts";
export type { SharedStateHandle } from "./engines/engine.ts";
export { ErrorStrategy } from "./src/options/client_options.ts";
export type {
  ClientOptions,
  FetcherResponse,
  FetchMode,
  IFetcher,
  IFetcherOptions,
} from "./src/options/client_options.ts";
export type { DocumentRequest, DocumentSource, VersionedDocument } from "./src/options/document_source.ts";
export type { ClientEvents, Listener, ListenOptions, UpdateEvent } from "./src/state/events.ts";
export type { Readiness, ReadyOptions } from "./src/ready.ts";
export type { TouchOptions } from "./src/touch.ts";
export type { ClientState, ClientStatus } from "./src/state/client_status.ts";
export type {
  AuthenticationProvider,
  AuthenticationRequest,
  AuthenticationStrategy,
  ClientTokenAuthentication,
  JWTAuthentication,
} from "./src/options/authentication.ts";
export type { HeadersProvider, RequestHeaders } from "./src/options/headers.ts";
export type { Logger, LogLevel } from "./src/options/logger.ts";
export type {
  EvaluationHook,
  Hook,
  HookAfterData,
  HookAnswer,
  HookBeforeData,
  HookFailure,
  HookRequest,
} from "./src/evaluation/hooks.ts";
export {
  DocumentError,
  EngineError,
  EvaluationError,
  FetchError,
  FliptError,
  ValidationError,
} from "./core/errors.ts";
export type { EvaluationErrorCode } from "./core/errors.ts";
export type {
  AnyContext,
  BatchEvaluationResponse,
  BooleanEvaluationResponse,
  ContextObject,
  DefaultVariant,
  ErrorEvaluationResponse,
  EvaluationContext,
  EvaluationReason,
  EvaluationRequest,
  EvaluationResponse,
  Flag,
  FlagType,
  VariantEvaluationResponse,
} from "./core/types.ts";
export type {
  BaseFliptClient,
  BatchResult,
  BooleanResult,
  BrowserFliptClient,
  ListFlagsResult,
  NodeFliptClient,
  Response,
  Result,
  VariantResult,
} from "./src/official_names.ts";
export { explanationText } from "./src/evaluation/explain/text.ts";
export type {
  BooleanExplanation,
  ExplainedBucket,
  ExplainedConstraint,
  ExplainedDifference,
  ExplainedDistribution,
  ExplainedEmptyRollout,
  ExplainedEvaluation,
  ExplainedRollout,
  ExplainedRule,
  ExplainedSegment,
  ExplainedSegmentRollout,
  ExplainedSegments,
  ExplainedServerVerdict,
  ExplainedStep,
  ExplainedThresholdRollout,
  Explanation,
  StepStatus,
  VariantExplanation,
} from "./src/evaluation/explain/explanation.ts";
export type { SnapshotStore } from "./src/options/store.ts";
export type {
  AnyFlags,
  BatchAnswer,
  BatchRequest,
  BooleanAnswer,
  BooleanFlagDeclaration,
  BooleanFlagKey,
  ContextOf,
  DeclaredFlag,
  FlagDefaults,
  FlagKey,
  FlagTypes,
  RequestOf,
  VariantAnswer,
  VariantFlagDeclaration,
  VariantFlagKey,
  VariantKey,
} from "./src/evaluation/typed_flags.ts";
export { fileStore } from "./store/file.ts";
export type { TlsOptions } from "./src/options/tls.ts";
export type { EngineInfo, EngineKind } from "./engines/engine.ts";
export type { DifferenceId } from "./engines/rules/differences.ts";
