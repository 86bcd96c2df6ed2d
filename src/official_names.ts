// Names of types of npm's `@flipt-io/flipt-client-js` that are called otherwise here, or are not needed: so that code which
// imports them compiles.

import type {
  BatchEvaluationResponse,
  BooleanEvaluationResponse,
  Flag,
  VariantEvaluationResponse,
} from "../core/types.ts";
import type { FliptClient } from "./client.ts";
import type { FetcherResponse } from "./options/client_options.ts";

/** The result of its WASM engine. @deprecated Calls return the answer itself, or throw. */
export interface Result<T> {
  /** `success` or `failure`. */
  status: string;
  /** The answer, if there is one. */
  result?: T;
  /** Why there is none. */
  errorMessage: string;
}

/** The result of a variant flag. @deprecated Use `VariantEvaluationResponse`. */
export type VariantResult = Result<VariantEvaluationResponse>;

/** The result of a boolean flag. @deprecated Use `BooleanEvaluationResponse`. */
export type BooleanResult = Result<BooleanEvaluationResponse>;

/** The result of a batch. @deprecated Use `BatchEvaluationResponse`. */
export type BatchResult = Result<BatchEvaluationResponse>;

/** The result of a list of flags. @deprecated Use `Flag[]`. */
export type ListFlagsResult = Result<Flag[]>;

/** The result of a fetcher. @deprecated Use `FetcherResponse`. */
export type Response = FetcherResponse;

/** A client. @deprecated Use `FliptClient`. */
export type BaseFliptClient = FliptClient;

/** A client. @deprecated Use `FliptClient`, which is for every runtime. */
export type NodeFliptClient = FliptClient;

/** A client. @deprecated Use `FliptClient`, which is for every runtime. */
export type BrowserFliptClient = FliptClient;
