// What a user can set. What is allowed and what is the default is in options.ts.

import type { EngineKind } from "../../engines/engine.ts";
import type { AuthenticationProvider, AuthenticationStrategy } from "./authentication.ts";
import type { DocumentSource } from "./document_source.ts";
import type { HeadersProvider, RequestHeaders } from "./headers.ts";
import type { EvaluationHook } from "../evaluation/hooks.ts";
import type { Logger, LogLevel } from "./logger.ts";
import type { SnapshotStore } from "./store.ts";
import type { TlsOptions } from "./tls.ts";
import type { FlagOverrides } from "../evaluation/overrides.ts";
import type { AnyFlags, FlagDefaults, FlagTypes } from "../evaluation/typed_flags.ts";

/** What happens when the flag state cannot be fetched: `"fail"`, `"fallback"` or `"strict"`. */
export type ErrorStrategy = "fail" | "fallback" | "strict";

/** What happens when the flag state cannot be fetched. */
export const ErrorStrategy: {
  readonly Fail: "fail";
  readonly Fallback: "fallback";
  readonly Strict: "strict";
} = Object.freeze({
  /** `init` rejects; later, the last good state keeps answering. */
  Fail: "fail",
  /** `init` does not reject: the client starts from the store, the snapshot, or without flags. Later like `Fail`. */
  Fallback: "fallback",
  /** `init` rejects; later, evaluations throw for as long as the last fetch failed. */
  Strict: "strict",
});

/** The strategies as types, so that `ErrorStrategy.Fail` can be one. */
export declare namespace ErrorStrategy {
  /** The type of `ErrorStrategy.Fail`. */
  type Fail = "fail";
  /** The type of `ErrorStrategy.Fallback`. */
  type Fallback = "fallback";
  /** The type of `ErrorStrategy.Strict`. */
  type Strict = "strict";
}

/** How the flag state is kept up to date. */
export type FetchMode = "polling" | "streaming";

/** The options that a custom fetcher receives. */
export interface IFetcherOptions {
  /** The ETag of the current state: respond with 304 if it has not changed. */
  etag?: string;
}

/**
 * What a custom fetcher returns, such as a web `Response`. The first of `body`, `arrayBuffer()`, `text()` and `json()`
 * that is present is used.
 */
export interface FetcherResponse {
  /** Whether the status is from 200 to 299. */
  readonly ok: boolean;
  /** 200 with a document, 304 when nothing changed, or an error. */
  readonly status: number;
  /** The status in words. */
  readonly statusText: string;
  /** The headers; only `ETag` is read. */
  readonly headers: { get(name: string): string | null };
  /** The document as bytes, as they arrive. */
  readonly body?: unknown;
  /** The document as bytes. */
  arrayBuffer?(): Promise<ArrayBuffer>;
  /** The document as JSON text. */
  text?(): Promise<string>;
  /** The document as a value. */
  json(): ReturnType<Response["json"]>;
}

/** Gets the document in place of the client's own HTTP request. */
export type IFetcher = (options?: IFetcherOptions) => Promise<FetcherResponse>;

/** The options of `FliptClient.init`. */
export interface ClientOptions<Flags extends FlagTypes<Flags> = AnyFlags> {
  /** The address of Flipt (v1 or v2); it may have a path. `unix:/run/flipt.sock` is a Unix socket. @default "http://localhost:8080" */
  url?: string | URL;
  /** The environment (Flipt v2). @default "default" */
  environment?: string;
  /** The namespace whose flags are evaluated. @default "default" */
  namespace?: string;
  /**
   * The token, `{ clientToken }` or `{ jwtToken }`, or a function that returns it and is called before each request.
   * @default none
   */
  authentication?: AuthenticationStrategy | AuthenticationProvider | null;
  /**
   * Headers for each request to the server, streams included, or a function that returns them and is called before each
   * request. They are only sent to the origin of `url`.
   * @default none
   */
  headers?: RequestHeaders | HeadersProvider;
  /**
   * How the flag state is kept up to date: `"polling"` fetches every `updateInterval`, `"streaming"` (Flipt v2)
   * receives each change at once. A server that cannot stream is polled.
   * @default "polling"
   */
  fetchMode?: FetchMode;
  /**
   * Seconds between two fetches; with 0, only `refresh()` fetches. While a stream is open, fetches at this interval
   * check that it still works.
   * @default 120
   */
  updateInterval?: number;
  /**
   * Seconds without progress after which an attempt counts as failed: until the response begins, between two parts of
   * it, and from the last part until it is compiled; for a stream, until it is open.
   * @default 30
   */
  requestTimeout?: number;
  /** Seconds from the beginning of the response until the document has to be compiled. @default 300 */
  bodyTimeout?: number;
  /**
   * The largest document that is accepted, in bytes after decompression; a snapshot may have eight characters per byte.
   * @default 268435456 (256 MiB)
   */
  maxDocumentBytes?: number;
  /**
   * Seconds without a confirmation that the flag state is current, after which `status.state` is `"stale"`.
   * @default never
   */
  maxStaleness?: number;
  /** The git reference to read flags from (Flipt v1). @default none */
  reference?: string;
  /**
   * What happens when the flag state cannot be fetched. `"fail"`: `init` rejects; later, the last good state keeps
   * answering. `"fallback"`: `init` does not reject either. `"strict"`: like `"fail"`, but evaluations throw after a
   * failed fetch, until one succeeds. With each, `refresh()` rejects and an `"error"` event is emitted.
   * @default "fail"
   */
  errorStrategy?: ErrorStrategy;
  /**
   * The result of `getSnapshot()`, to start from while the server cannot be reached. With the error strategy
   * `"fallback"`, or with `initialFetch: false`, the client answers from it until the first fetch succeeds. A snapshot
   * that cannot be read, or belongs to another namespace, rejects `init` with every strategy.
   * @default none
   */
  snapshot?: string | null;
  /**
   * Whether `init` fetches the flag state; with `false` it makes no request where `snapshot` or `store` has a state to
   * start from. The first fetch is then `refresh()`, polling or the stream. For pages and workers that have their flags
   * with them and must answer at once.
   * @default true
   */
  initialFetch?: boolean;
  /**
   * Seconds that `init` may take: afterwards the client answers from the store, the snapshot or the defaults, and keeps
   * fetching in the background. With it, a failing server does not reject `init`, with any error strategy.
   * @default none, `init` takes as long as its attempts
   */
  startTimeout?: number;
  /**
   * Whether the flags are kept up to date in the background, or only on request: `"lazy"` sets no timers and opens no
   * stream after the first fetch, for platforms that freeze a process between requests. `touch()` then refreshes;
   * `updateInterval` and `fetchMode` cannot be given with it.
   * @default "background"
   */
  updates?: "background" | "lazy";
  /** How connections to the server are secured, for a `url` that starts with `https://`. @default as the runtime does */
  tls?: TlsOptions;
  /**
   * Where the flag state is persisted. It is saved after each change; with the error strategy `"fallback"` a client
   * whose first fetch fails starts from what was saved, rather than from `snapshot`. Failures of the store are reported
   * to listeners of `error`, or by `console.warn`, and do not stop the client.
   * @default none
   */
  store?: SnapshotStore;
  /**
   * What `isEnabled`, `variant`, `value` and `details` return if a flag has no answer and the call has no default: a
   * boolean for a boolean flag; for a variant flag the key of a variant, or an object in place of an attachment.
   * @default none
   */
  defaults?: FlagDefaults<Flags>;
  /**
   * What answers in the place of flags, for development and tests: a boolean or a variant for the key of each, or a
   * function that is asked at each evaluation. Whatever the server says, and also where there is no such flag.
   * @default none
   */
  overrides?: FlagOverrides<Flags>;
  /** A hook that runs around each evaluation. @default none */
  hook?: Partial<EvaluationHook<Flags>>;
  /** Several hooks, called in order; in place of `hook`. @default none */
  hooks?: readonly Partial<EvaluationHook<Flags>>[];
  /**
   * Where the client logs: `console`, or a logger of pino, winston or your own. No line contains a token.
   * @default none: `console`, for errors without a listener for `error`
   */
  logger?: Logger;
  /** The lowest level that is logged. @default "warn" ("info" with a logger) */
  logLevel?: LogLevel;
  /** Gets the document in place of the client's own HTTP request. @default none */
  fetcher?: IFetcher;
  /**
   * Returns the document in place of a server, such as `fileSource("features.yml")`. It is not polled: the state is
   * loaded again when the source reports a change, and by `refresh()`. If it cannot be loaded, `init` rejects; later,
   * the last good state keeps answering, with every error strategy.
   * @default none
   */
  source?: DocumentSource;
  /** The engine; `init` rejects if the one that is named is not available. @default "auto" */
  engine?: "auto" | EngineKind;
  /** The file of the engine's library, in place of the one that comes with the package. @default none */
  libraryPath?: string;
  /** Aborts `init`; it has no effect afterwards. @default none */
  signal?: AbortSignal;
}
