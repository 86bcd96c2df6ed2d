// One attempt to fetch: ask the source, feed what it gives to the engine as it arrives, all within the time allowed.

import type { CompiledState, Engine } from "../../engines/engine.ts";
import type { Clock } from "../../core/clock.ts";
import { finished } from "../state/compiling.ts";
import { Fingerprint } from "../state/fingerprint.ts";
import { sizeError, timeoutError } from "../sources/limit_errors.ts";
import type { Settings } from "../options/options.ts";
import type { Source, SourceResult, Version } from "../sources/source.ts";

/** What a fetch that succeeded has found out. */
export interface Fetched {
  /** The new state; `undefined` when the held one is current. */
  readonly state?: CompiledState;
  /** The version of the new state, or the held one's where that is news. */
  readonly version?: Version;
  /** When it was asked for, in milliseconds since 1970. */
  readonly askedAt: number;
}

/** Makes attempts. */
export class FetchAttempts {
  readonly #source: Source;
  readonly #engine: Engine;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #lifetime: AbortSignal;

  /** @param parts.lifetime ends an attempt with its reason. */
  constructor(parts: {
    readonly source: Source;
    readonly engine: Engine;
    readonly settings: Settings;
    readonly clock: Clock;
    readonly lifetime: AbortSignal;
  }) {
    this.#source = parts.source;
    this.#engine = parts.engine;
    this.#settings = parts.settings;
    this.#clock = parts.clock;
    this.#lifetime = parts.lifetime;
  }

  /** Makes one attempt, for a client that holds `held`. */
  async attempt(held: Version | undefined): Promise<Fetched> {
    const { requestTimeout } = this.#settings;
    const askedAt = this.#clock.now();
    const attempt = new AbortController();
    const onEnd = (): void => attempt.abort(this.#lifetime.reason);
    const onTimeout = (): void =>
      attempt.abort(timeoutError(this.#source.url, "gave no complete answer", requestTimeout));
    this.#lifetime.addEventListener("abort", onEnd, { once: true });
    const cancelTimeout = this.#clock.after(requestTimeout * 1000, onTimeout);
    try {
      const result = await this.#source.ask(held, attempt.signal);
      return { ...await this.#compile(result, held, attempt.signal, cancelTimeout), askedAt };
    } finally {
      cancelTimeout();
      this.#lifetime.removeEventListener("abort", onEnd);
    }
  }

  /** The new state and its version; no state when it is the one that is held, perhaps under another ETag. */
  async #compile(
    result: SourceResult,
    held: Version | undefined,
    signal: AbortSignal,
    onBodyEnd: () => void,
  ): Promise<{ state?: CompiledState; version?: Version }> {
    if (result.kind === "unchanged") return {};
    const { etag, chunks } = result;
    if (etag !== undefined && etag === held?.etag) {
      result.discard();
      return {};
    }
    // With a reference, a v1 server's ETag is that of another branch: only a digest beside it makes it worth something.
    const needsDigest = this.#settings.reference !== undefined;
    const fingerprint = etag === undefined || needsDigest ? new Fingerprint() : undefined;
    const { namespace, maxDocumentBytes } = this.#settings;
    const compilation = this.#engine.compile("document", namespace);
    let state: CompiledState;
    let byteLength = 0;
    try {
      for await (const chunk of chunks) {
        byteLength += chunk.length;
        if (byteLength > maxDocumentBytes) throw sizeError(this.#source.url, maxDocumentBytes);
        fingerprint?.add(chunk);
        compilation.write(chunk);
      }
      onBodyEnd();
      if (fingerprint !== undefined && fingerprint.text() === held?.fingerprint) {
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
    if (digest === undefined || digest !== held?.digest) return { state, version };
    state.release();
    return { version };
  }
}
