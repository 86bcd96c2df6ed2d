// What a user can set. What is allowed and what is the default is in options.ts.

import type { EngineKind } from "../../engines/engine.ts";
import type { AuthenticationProvider, AuthenticationStrategy } from "./authentication.ts";
import type { DocumentSource } from "./document_source.ts";
import type { HeadersProvider, RequestHeaders } from "./headers.ts";
import type { EvaluationHook } from "../evaluation/hooks.ts";
import type { Logger, LogLevel } from "./logger.ts";
import type { SnapshotStore } from "./store.ts";
import type { TlsOptions } from "./tls.ts";
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
  /** `init` never rejects for it: the client starts from the store, the snapshot, or without flags. Later as `Fail`. */
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

/** What a custom fetcher is given. */
export interface IFetcherOptions {
  /** The ETag of the state that is held: answer 304 when it is still the one. */
  etag?: string;
}

/**
 * What a custom fetcher gives back. A `Response` of the web is one. Of `body`, `arrayBuffer()`, `text()` and `json()`
 * the first that is there is used.
 */
export interface FetcherResponse {
  /** Whether the status is from 200 to 299. */
  readonly ok: boolean;
  /** 200 with a document, 304 when nothing changed, or an error. */
  readonly status: number;
  /** The status in words. */
  readonly statusText: string;
  /** The headers; `ETag` is the one that is read. */
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

/** What `FliptClient.init` takes. */
export interface ClientOptions<Flags extends FlagTypes<Flags> = AnyFlags> {
  /** The address of Flipt (v1 or v2); it may have a path. @default "http://localhost:8080" */
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
   * request. They stay within the origin of `url`.
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
   * Seconds between two fetches; 0 for none, so that only `refresh()` fetches. While a stream is open, a fetch as often
   * proves that it still lives.
   * @default 120
   */
  updateInterval?: number;
  /**
   * Seconds of silence after which an attempt counts as failed: until the answer begins, from one part of it to the next,
   * and from the last until it is compiled; for a stream, until it is open.
   * @default 30
   */
  requestTimeout?: number;
  /** Seconds that a document may take from the beginning of the answer until it is compiled. @default 300 */
  bodyTimeout?: number;
  /**
   * The largest document that is accepted, in bytes after decompression; a snapshot may have eight characters for each.
   * @default 268435456 (256 MiB)
   */
  maxDocumentBytes?: number;
  /** Seconds without a sign that the flag state is current after which `status.state` is `"stale"`. @default never */
  maxStaleness?: number;
  /** The git reference to read flags from (Flipt v1). @default none */
  reference?: string;
  /**
   * What happens when the flag state cannot be fetched. `"fail"`: `init` rejects, and afterwards the last good state goes
   * on answering. `"fallback"`: `init` does not reject either. `"strict"`: as `"fail"`, and evaluations throw while the
   * last fetch failed. `refresh()` rejects, and `error` is told, under each.
   * @default "fail"
   */
  errorStrategy?: ErrorStrategy;
  /**
   * What `getSnapshot()` returned, to start from while the server cannot be reached. With the error strategy `"fallback"`, or with `initialFetch: false`, the client answers from
   * it until the first fetch succeeds. A snapshot that cannot be read, or is one of another namespace, rejects `init` with every strategy.
   * @default none
   */
  snapshot?: string | null;
  /**
   * Whether `init` fetches the flag state; with `false` it makes no request where `snapshot` or `store` has a state to
   * start from. The first fetch is then `refresh()`, polling or the stream. It is for pages and workers that bring their
   * flags along and have to answer at once.
   * @default true
   */
  initialFetch?: boolean;
  /**
   * Seconds that `init` may take: then the client answers from what is at hand, which is the store, the snapshot or the
   * defaults, and goes on fetching behind. What the server does never rejects such an `init`, whatever the error strategy.
   * @default none, `init` takes as long as its attempts
   */
  startTimeout?: number;
  /** How connections to the server are secured, for a `url` that starts with `https://`. @default as the runtime does */
  tls?: TlsOptions;
  /**
   * Where the flag state is kept beyond the process. It is saved after each change; with the error strategy
   * `"fallback"` a client whose first fetch fails starts from what was saved, rather than from `snapshot`. What is wrong
   * with the store is told to listeners of `error`, or by `console.warn`, and stops nothing.
   * @default none
   */
  store?: SnapshotStore;
  /**
   * What `isEnabled`, `variant`, `value` and `details` return where a flag does not answer and the call gives no default:
   * a boolean for a boolean flag; for a variant flag the key of a variant, or an object in place of an attachment.
   * @default none
   */
  defaults?: FlagDefaults<Flags>;
  /** A hook that runs around each evaluation. @default none */
  hook?: Partial<EvaluationHook<Flags>>;
  /** Several hooks, called in order; in place of `hook`. @default none */
  hooks?: readonly Partial<EvaluationHook<Flags>>[];
  /**
   * Where the client writes what happens to it: `console`, or a logger of pino, winston or your own. No line has a token
   * in it.
   * @default none: `console`, for trouble that no listener of `error` hears of
   */
  logger?: Logger;
  /** The lines that are written: those of this level and above. @default "warn" ("info" with a logger) */
  logLevel?: LogLevel;
  /** Gets the document in place of the client's own HTTP request. @default none */
  fetcher?: IFetcher;
  /**
   * Returns the document in place of a server, such as `fileSource("features.yml")`. Nothing is polled: the state is read
   * anew when the source says that it has changed, and by `refresh()`. What cannot be read rejects `init`; later the last
   * good state keeps answering, with every error strategy.
   * @default none
   */
  source?: DocumentSource;
  /** The engine; `init` rejects when one that is named is not available. @default "auto" */
  engine?: "auto" | EngineKind;
  /** The file of the engine's library, in place of the one that comes with the package. @default none */
  libraryPath?: string;
  /** Aborts `init`; it has no effect afterwards. @default none */
  signal?: AbortSignal;
}
