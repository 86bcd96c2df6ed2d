// One attempt to fetch: ask the source, feed what it gives to the engine as it arrives, all within the time allowed:
// silence has one limit, and a document that arrives all the while another.

import type { CompiledState, Engine } from "../../engines/engine.ts";
import type { Clock } from "../../core/clock.ts";
import { inTurns } from "../../ffi/turns.ts";
import { finished } from "../state/compiling.ts";
import { Fingerprint } from "../state/fingerprint.ts";
import { sizeError, timeoutError } from "../sources/limit_errors.ts";
import type { Settings } from "../options/options.ts";
import type { Source, SourceResult } from "../sources/source.ts";
import { isSame, type Version } from "../sources/version.ts";

/** What a fetch that succeeded has found out. */
export interface Fetched {
  /** The new state; `undefined` when the held one is current. */
  readonly state?: CompiledState;
  /** The version of the new state, or the held one's where that is news. */
  readonly version?: Version;
  /** When it was asked for, as the clock's `elapsed` tells. */
  readonly askedAt: number;
}

/** What attempts are made of. */
export interface FetchParts {
  /** What is asked. */
  readonly source: Source;
  /** What compiles the documents. */
  readonly engine: Engine;
  /** The options. */
  readonly settings: Settings;
  /** Timers and randomness. */
  readonly clock: Clock;
  /** Ends what is under way with its reason. */
  readonly lifetime: AbortSignal;
}

/** Makes attempts. */
export class FetchAttempts {
  readonly #parts: FetchParts;

  /** Takes the parts over. */
  constructor(parts: FetchParts) {
    this.#parts = parts;
  }

  /** Makes one attempt, for a client that holds `held`. */
  async attempt(held: Version | undefined): Promise<Fetched> {
    const { source, clock, lifetime, settings } = this.#parts;
    const askedAt = clock.elapsed();
    const attempt = new AbortController();
    const onEnd = (): void => attempt.abort(lifetime.reason);
    lifetime.addEventListener("abort", onEnd, { once: true });
    let whole = "sent no complete response";
    const limit = (what: () => string, option: "requestTimeout" | "bodyTimeout"): () => void => {
      const seconds = settings[option];
      return clock.after(
        seconds * 1000,
        () => attempt.abort(timeoutError(source.url, what(), seconds, option)),
      );
    };
    let cancelSilence = limit(() => "did not respond", "requestTimeout");
    let cancelBody = (): void => {};
    const onPart = (): void => {
      cancelSilence();
      cancelSilence = limit(() => "sent no further data", "requestTimeout");
    };
    try {
      const result = await source.ask(held, attempt.signal);
      cancelBody = limit(() => whole, "bodyTimeout");
      onPart();
      const onBodyEnd = (): void => {
        whole = "sent a document that was not compiled";
        cancelSilence();
        cancelSilence = limit(() => whole, "requestTimeout");
      };
      return { ...await this.#compile(result, held, attempt.signal, onPart, onBodyEnd), askedAt };
    } finally {
      cancelSilence();
      cancelBody();
      lifetime.removeEventListener("abort", onEnd);
    }
  }

  /** The new state and its version; no state when it is the one that is held, perhaps under another ETag. */
  async #compile(
    result: SourceResult,
    held: Version | undefined,
    signal: AbortSignal,
    onPart: () => void,
    onBodyEnd: () => void,
  ): Promise<{ state?: CompiledState; version?: Version }> {
    if (result.kind === "unchanged") return {};
    const { etag, chunks } = result;
    if (isSame({ etag }, held)) {
      result.discard();
      return {};
    }
    // With a reference, a v1 server's ETag is that of another branch: only a digest beside it makes it worth something.
    const needsDigest = this.#parts.settings.reference !== undefined;
    const fingerprint = etag === undefined || needsDigest ? new Fingerprint() : undefined;
    const { namespace, maxDocumentBytes } = this.#parts.settings;
    const compilation = this.#parts.engine.compile("document", namespace);
    let state: CompiledState;
    let byteLength = 0;
    try {
      for await (const chunk of inTurns(chunks, signal)) {
        onPart();
        byteLength += chunk.length;
        if (byteLength > maxDocumentBytes) throw sizeError(this.#parts.source.url, maxDocumentBytes);
        fingerprint?.add(chunk);
        compilation.write(chunk);
      }
      onBodyEnd();
      if (isSame({ fingerprint: fingerprint?.text() }, held)) {
        compilation.abort();
        return {};
      }
      state = await finished(compilation, signal);
    } catch (error) {
      compilation.abort();
      throw error;
    }
    const { digest } = state;
    const trusted = needsDigest && digest === undefined ? undefined : etag;
    const version: Version = { etag: trusted, digest, fingerprint: fingerprint?.text() };
    if (!isSame({ digest }, held)) return { state, version };
    state.release();
    return { version };
  }
}
