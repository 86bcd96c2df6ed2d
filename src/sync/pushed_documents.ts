// Documents that are pushed one after the other: compiled in their order, at most one at a time and one waiting. One that
// waits gives way to the next, so that many pushes in a row cost little and the last one wins.

import type { Clock } from "../../core/clock.ts";
import type { Compilation, CompiledState, Engine } from "../../engines/engine.ts";
import { pause } from "../../ffi/turns.ts";
import { finished } from "../state/compiling.ts";
import { FetchError } from "../../core/errors.ts";
import type { PushedStates } from "./pushed_states.ts";
import { sizeError, timeoutError } from "../sources/limit_errors.ts";
import type { Settings } from "../options/options.ts";
import type { DocumentSink } from "../sources/ndjson_stream.ts";

/** How much of a document's end is kept, in bytes: its digest is there. */
const END_BYTES = 256;

/** How many documents may give way in a row before they are a flood: no server has that many states. */
const MAX_GIVEN_WAY = 5_000;
/** The least time from one state to the next, in milliseconds: of a flood of them, each costs and is told of. */
const REST_MS = 10;

/** What the taking in of pushed documents is made of. */
export interface PushedDocumentParts {
  /** What compiles the documents. */
  readonly loaded: { readonly engine: Engine };
  /** What puts states in place. */
  readonly states: PushedStates;
  /** The options. */
  readonly settings: Pick<Settings, "namespace" | "maxDocumentBytes" | "requestTimeout">;
  /** Timers. */
  readonly clock: Clock;
  /** Where the documents come from, for messages. */
  readonly url: string;
  /** Ends what is under way with its reason. */
  readonly lifetime: AbortSignal;
}

/** A document that came whole. */
interface Pushed {
  readonly compilation: Compilation;
  /** Is told when it is no flag state. */
  readonly onFailure: (error: unknown) => void;
}

/** Takes pushed documents in. */
export class PushedDocuments {
  readonly #parts: PushedDocumentParts;
  #compiling: Promise<void> | undefined;
  #isResting = false;
  #givenWay = 0;
  #waiting: Pushed | undefined;
  #digest: string | undefined;

  /** Takes the parts over. */
  constructor(parts: PushedDocumentParts) {
    this.#parts = parts;
  }

  /** The digest of the last document that was taken in since `reset`, or what that was given. */
  get digest(): string | undefined {
    return this.#digest;
  }

  /** Whether every document that came whole was compiled, or gave way. */
  get isIdle(): boolean {
    return this.#compiling === undefined || this.#isResting && this.#waiting === undefined;
  }

  /** Settles when every document that came whole was compiled, or gave way; never rejects. */
  async idle(): Promise<void> {
    await this.#compiling;
  }

  /** Another connection begins, which was asked for what follows `digest`. */
  reset(digest: string | undefined): void {
    this.#digest = digest;
    this.#givenWay = 0;
  }

  /**
   * Begins with a document.
   * @param onFailure is told when it came whole and is no flag state, or did not come whole in time.
   * @returns what takes its bytes, and throws a FetchError when they are too many.
   */
  begin(onFailure: (error: unknown) => void): DocumentSink {
    const { clock, url, settings: { namespace, maxDocumentBytes, requestTimeout } } = this.#parts;
    const compilation = this.#parts.loaded.engine.compile("document", namespace);
    let byteLength = 0;
    let end: Uint8Array = new Uint8Array(0);
    // As a fetch has only so much time for its body.
    const cancelTimeout = clock.after(
      requestTimeout * 1000,
      () => onFailure(timeoutError(url, "sent no complete document", requestTimeout)),
    );
    return {
      write: (bytes) => {
        byteLength += bytes.length;
        if (byteLength > maxDocumentBytes) throw sizeError(url, maxDocumentBytes);
        compilation.write(bytes);
        end = lastOf(end, bytes);
      },
      end: () => {
        cancelTimeout();
        this.#complete({ compilation, onFailure }, digestIn(end));
      },
      abandon: () => {
        cancelTimeout();
        compilation.abort();
      },
    };
  }

  #complete(pushed: Pushed, digest: string | undefined): void {
    if (this.#compiling !== undefined) {
      if (this.#waiting !== undefined) {
        this.#waiting.compilation.abort();
        if (++this.#givenWay > MAX_GIVEN_WAY) pushed.onFailure(floodError(this.#parts.url));
      }
      this.#waiting = pushed;
    } else if (this.#parts.states.holds(digest)) {
      // The first document of a connection is nearly always the one that is held.
      pushed.compilation.abort();
      this.#digest = digest;
      this.#parts.states.confirmed();
    } else this.#compiling = this.#compile(pushed);
  }

  async #compile(first: Pushed): Promise<void> {
    for (let next: Pushed | undefined = first; next !== undefined; next = this.#takeWaiting()) {
      try {
        const state = await this.#finished(next.compilation);
        this.#digest = state.digest;
        this.#parts.states.pushed(state);
      } catch (error) {
        next.compilation.abort();
        if (!this.#parts.lifetime.aborted) next.onFailure(error);
      }
      if (this.#parts.lifetime.aborted) continue;
      this.#isResting = true;
      await pause(REST_MS);
      this.#isResting = false;
    }
    this.#compiling = undefined;
    this.#givenWay = 0;
  }

  /** Waits for a state, within the time that a fetch would have for it. */
  async #finished(compilation: Compilation): Promise<CompiledState> {
    const { clock, lifetime, url, settings: { requestTimeout } } = this.#parts;
    const attempt = new AbortController();
    const onEnd = (): void => attempt.abort(lifetime.reason);
    lifetime.addEventListener("abort", onEnd, { once: true });
    const cancelTimeout = clock.after(
      requestTimeout * 1000,
      () => attempt.abort(timeoutError(url, "sent a document that was not compiled", requestTimeout)),
    );
    try {
      if (lifetime.aborted) onEnd();
      return await finished(compilation, attempt.signal);
    } finally {
      cancelTimeout();
      lifetime.removeEventListener("abort", onEnd);
    }
  }

  #takeWaiting(): Pushed | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!this.#parts.lifetime.aborted) return waiting;
    waiting?.compilation.abort();
    return undefined;
  }
}

function floodError(url: string): FetchError {
  return new FetchError(`the stream ${url} sent flag states faster than they can be processed`, {
    url,
    status: 200,
    retryable: true,
  });
}

/** A copy of the last bytes of the two. */
function lastOf(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (bytes.length >= END_BYTES) return new Uint8Array(bytes.subarray(bytes.length - END_BYTES));
  const kept = before.subarray(Math.max(0, before.length + bytes.length - END_BYTES));
  const end = new Uint8Array(kept.length + bytes.length);
  end.set(kept);
  end.set(bytes, kept.length);
  return end;
}

/** The digest that is a document's last member; only the outermost object can end there. */
function digestIn(end: Uint8Array): string | undefined {
  return /"digest"\s*:\s*"([^"\\]+)"\s*\}\s*$/.exec(new TextDecoder().decode(end))?.[1];
}
