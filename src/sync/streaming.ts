// Keeps a stream open: opens it after a fetch that succeeded, reconnects when it ends, drops it when it brings nonsense or
// a fetch shows that it is dead, and gives it up for good when the server has none. The poller goes on all the while: its fetches are the
// proof that the stream lives, and those after a failure.

import type { Engine } from "../../engines/engine.ts";
import { abortable, throwIfAborted } from "../../core/abortable.ts";
import { Backoff } from "./backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { FetchError, FliptError } from "../../core/errors.ts";
import type { HttpExchange, HttpRequester } from "../sources/http_request.ts";
import { timeoutError } from "../sources/limit_errors.ts";
import type { Settings } from "../options/options.ts";
import type { StatusKeeper } from "../state/status.ts";
import { delay } from "./delay.ts";
import type { Poller } from "./polling.ts";
import { PushedDocuments } from "./pushed_documents.ts";
import { type PushedStateParts, PushedStates } from "./pushed_states.ts";
import { chunksOf, type RequestDetails } from "../sources/response_body.ts";
import { messageOf } from "../sources/response_error.ts";
import { StreamLines } from "../sources/ndjson_stream.ts";
import { StreamSource } from "../sources/stream_source.ts";
import { inTurns, Turns } from "../../ffi/turns.ts";
import type { Updater } from "./updater.ts";
import { MAX_RETRY_AFTER_SECONDS } from "./updater.ts";

/** How long a stream must have been open, in milliseconds, for the next reconnect to be the first after a failure. */
const HEALTHY_MS = 60_000;

/** How long a request with a digest must have waited, in milliseconds, for its failure to be the end of a silent stream. */
const WAITED_MS = 5_000;

/** A digest that servers take: another one is an error. */
const TAKEN_DIGEST = /^[0-9a-f]{40}$/;

/** What a server answers that has no stream. */
const UNSUPPORTED_STATUSES: ReadonlySet<number | undefined> = new Set([404, 405, 501]);

/** One connection. */
interface Connection {
  readonly ending: AbortController;
  readonly begunAt: number;
  /** The digest that it was asked with: a server that has the same state is silent, and sends no head either. */
  readonly digest: string | undefined;
  openedAt: number | undefined;
  /** Whether it brought a document. */
  hasDocument: boolean;
}

/** What follows a connection. */
interface Next {
  /** How long to wait before the next one, in milliseconds. */
  readonly waitMs: number;
  /** Whether this one brought something that is no flag state: who knows what was meant. */
  readonly isNonsense: boolean;
}

/** What a streamer is made of. */
export interface StreamerParts extends PushedStateParts {
  /** What compiles the documents. */
  readonly loaded: { readonly engine: Engine };
  /** What asks the server. */
  readonly requester: HttpRequester;
  /** What fetches after a stream broke. */
  readonly updater: Updater;
  /** What fetches while a stream is open. */
  readonly poller: Poller;
  /** How the client is doing. */
  readonly status: StatusKeeper;
  /** Timers and randomness. */
  readonly clock: Clock;
  /** The options. */
  readonly settings: Settings;
  /** Ends what is under way with its reason. */
  readonly lifetime: AbortSignal;
}

/** Keeps one stream open. */
export class Streamer {
  readonly #parts: StreamerParts;
  readonly #source: StreamSource;
  readonly #pushes: PushedDocuments;
  readonly #requestTimeoutSeconds: number;
  readonly #updateIntervalSeconds: number;
  readonly #backoff: Backoff;
  #connection: Connection | undefined;
  /** Whether documents come through: only then does silence mean that nothing has changed. */
  #isProven = false;

  /** Takes the parts over. */
  constructor(parts: StreamerParts) {
    this.#parts = parts;
    this.#source = new StreamSource(parts.requester, parts.settings);
    this.#pushes = new PushedDocuments({ ...parts, states: new PushedStates(parts), url: this.#source.url });
    this.#requestTimeoutSeconds = parts.settings.requestTimeout;
    this.#updateIntervalSeconds = parts.settings.updateInterval;
    this.#backoff = new Backoff(parts.clock);
  }

  /**
   * Keeps a stream open, after the first fetch, beside a poller. Nothing of it keeps the process alive but the connection
   * itself. Settles when nothing is under way any more.
   */
  async run(): Promise<void> {
    const forget = this.#parts.updater.observe(() => this.#compareWithFetched());
    try {
      await this.#streams();
    } catch (error) {
      if (!this.#parts.lifetime.aborted) this.#parts.status.noted(error);
    } finally {
      forget();
    }
  }

  async #streams(): Promise<void> {
    for (;;) {
      await this.#recovered();
      const next = await this.#connect();
      if (next === undefined) return;
      if (next.isNonsense) await this.#fetch();
      await delay(this.#parts.clock, next.waitMs, { background: true, signal: this.#parts.lifetime }).over;
      await this.#fetch();
    }
  }

  async #fetch(): Promise<void> {
    // What it rejects with has been told.
    await this.#parts.updater.update({ background: true }).catch(() => {});
  }

  /** Settles as soon as the last fetch was a good one; after a failed one the poller makes the next. */
  async #recovered(): Promise<void> {
    while (this.#parts.updater.waitAfterFailureMs !== undefined) {
      let forget = (): void => {};
      const fetched = new Promise<void>((resolve) => forget = this.#parts.updater.observe(resolve));
      await abortable(fetched, this.#parts.lifetime).finally(() => forget());
    }
    throwIfAborted(this.#parts.lifetime);
  }

  /** Opens the stream and reads it to its end, or to what is no flag state. Gives `undefined` for no next one. */
  async #connect(): Promise<Next | undefined> {
    const connection: Connection = {
      ending: new AbortController(),
      begunAt: this.#parts.clock.elapsed(),
      digest: this.#digestToAskWith(),
      openedAt: undefined,
      hasDocument: false,
    };
    const { ending, digest } = connection;
    const onEnd = (): void => ending.abort(this.#parts.lifetime.reason);
    const onTimeout = (): void =>
      ending.abort(timeoutError(this.#source.url, "did not open the stream", this.#requestTimeoutSeconds));
    this.#parts.lifetime.addEventListener("abort", onEnd, { once: true });
    const cancelTimeout = digest !== undefined
      ? () => {}
      : this.#parts.clock.after(this.#requestTimeoutSeconds * 1000, onTimeout, { background: true });
    this.#pushes.reset(digest);
    this.#connection = connection;
    let failure: unknown;
    try {
      const answered = await this.#source.open(digest, ending.signal);
      cancelTimeout();
      connection.openedAt = this.#parts.clock.elapsed();
      await this.#read(answered, connection);
    } catch (error) {
      failure = error;
      if (error instanceof FliptError) ending.abort(error);
    } finally {
      cancelTimeout();
      this.#connection = undefined;
      this.#parts.lifetime.removeEventListener("abort", onEnd);
    }
    throwIfAborted(this.#parts.lifetime);
    return this.#after(connection, failure);
  }

  /** A stream that nothing supervises is asked for its first document: that it comes is the only sign of life. */
  #digestToAskWith(): string | undefined {
    const { digest = "" } = this.#parts.holder;
    const isSilenceFine = this.#isProven && this.#updateIntervalSeconds > 0;
    return isSilenceFine && TAKEN_DIGEST.test(digest) ? digest : undefined;
  }

  async #read({ response, asked }: HttpExchange, connection: Connection): Promise<void> {
    const { signal } = connection.ending;
    const lines = new StreamLines({
      document: () => {
        const sink = this.#pushes.begin((error) => {
          // Of a connection, one failure is told.
          if (signal.aborted) return;
          if (connection === this.#connection) connection.ending.abort(error);
          else this.#parts.status.noted(error);
        });
        return {
          ...sink,
          end: () => {
            connection.hasDocument = true;
            this.#isProven = true;
            sink.end();
          },
        };
      },
      serverError: (text) => {
        const said = textOf(text, asked.sent);
        throw this.#error(`sent an error${said === undefined ? "" : `: ${said}`}`, {
          serverMessage: said,
        });
      },
      invalid: () => {
        throw this.#error("sent a line that is not a flag state; check that the url option leads to Flipt");
      },
    }, this.#parts.settings.maxDocumentBytes);
    const turns = new Turns();
    try {
      for await (const piece of inTurns(chunksOf(response, signal), signal)) {
        for (let start = 0; start < piece.length;) {
          start = lines.take(piece, start);
          if (turns.isOver) await turns.next(signal);
        }
      }
      // The last document may be no flag state.
      await abortable(this.#pushes.idle(), signal);
      throwIfAborted(signal);
    } finally {
      lines.stop();
    }
  }

  #error(what: string, more: { readonly serverMessage?: string; readonly cause?: unknown } = {}): FetchError {
    const { url } = this.#source;
    return new FetchError(`the stream ${url} ${what}`, { url, status: 200, retryable: true, ...more });
  }

  /** A stream that ends is no error, if it was one at all. */
  #after(connection: Connection, failure: unknown): Next | undefined {
    const { ending, openedAt, begunAt, digest } = connection;
    const isDropped = ending.signal.reason === STREAM_IS_DEAD;
    const lastedMs = this.#parts.clock.elapsed() - (digest === undefined ? openedAt ?? Infinity : begunAt);
    // The server stopped, or something between grew tired of waiting: the normal ending of a stream.
    const isNormal = digest !== undefined && (isDropped || lastedMs >= WAITED_MS && isEndOfSilence(failure));
    const isToldOf = failure instanceof FliptError && !isNormal;
    let retryAfter = 0;
    if (isToldOf) {
      if (failure instanceof FetchError) {
        if (failure.status === 400) this.#isProven = false;
        if (openedAt === undefined && UNSUPPORTED_STATUSES.has(failure.status)) {
          this.#giveUp(failure);
          return undefined;
        }
        retryAfter = Math.min(failure.retryAfter ?? 0, MAX_RETRY_AFTER_SECONDS);
      }
      this.#parts.status.noted(failure);
    } else if (!connection.hasDocument && !isDropped && digest === undefined) {
      this.#parts.status.noted(this.#error("ended before it sent a flag state", { cause: failure }));
    }
    if (lastedMs >= HEALTHY_MS) this.#backoff.reset();
    return {
      waitMs: retryAfter * 1000 + this.#backoff.next(),
      isNonsense: isToldOf && openedAt !== undefined,
    };
  }

  #giveUp({ url, status, serverMessage, message }: FetchError): void {
    if (this.#updateIntervalSeconds === 0) this.#parts.poller.stop();
    const instead = this.#updateIntervalSeconds === 0
      ? "only refresh() fetches, since updateInterval is 0"
      : `it is polled every ${this.#updateIntervalSeconds} s`;
    this.#parts.status.changeMode("polling");
    this.#parts.status.noted(
      new FetchError(`this server cannot stream (Flipt v2 can): ${instead}. ${message}`, {
        url,
        status,
        serverMessage,
        retryable: false,
      }),
    );
  }

  /** A fetch knows better than a stream that is silent: one that missed a state is dead, however open it looks. */
  #compareWithFetched(): void {
    const connection = this.#connection;
    if (
      connection === undefined || this.#parts.updater.waitAfterFailureMs !== undefined || !this.#pushes.isIdle
    ) {
      return;
    }
    // Also where neither has one: there is nothing to tell by.
    if (this.#pushes.digest === this.#parts.holder.digest) return;
    // It may not have come to its first document yet.
    const isYoung = this.#parts.clock.elapsed() - connection.begunAt < this.#requestTimeoutSeconds * 1000;
    if (this.#pushes.digest === connection.digest && isYoung) return;
    connection.ending.abort(STREAM_IS_DEAD);
  }
}

/** Why a stream is dropped that a fetch has found dead. */
const STREAM_IS_DEAD = new Error("the stream missed a state");

/** Whether a request that waited ended as silent connections do: without an answer, or with one that speaks of time. */
function isEndOfSilence(failure: unknown): boolean {
  if (!(failure instanceof FetchError)) return false;
  const { status = 500 } = failure;
  return status >= 500 || status === 408;
}

function textOf(text: string, sent: RequestDetails["sent"]): string | undefined {
  try {
    return messageOf(text, sent);
  } catch {
    return undefined;
  }
}
