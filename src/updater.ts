// One round of updating: ask the source, compile what it gives, swap the state. Never two rounds at once.

import type { Compilation, CompiledState, Engine, InputFormat } from "../engines/engine.ts";
import { orAborted } from "./abort.ts";
import type { Clock } from "./clock.ts";
import { FetchError } from "./errors.ts";
import { Fingerprint } from "./fingerprint.ts";
import type { Settings } from "./options.ts";
import type { Answer, Source, Version } from "./source.ts";
import type { StateHolder } from "./state_holder.ts";

/** Brings the held state up to date. */
export class Updater {
  readonly #source: Source;
  readonly #engine: Engine;
  readonly #holder: StateHolder;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #lifetime: AbortSignal;
  #inFlight: Promise<boolean> | undefined;

  /**
   * An updater of `holder`.
   * @param parts.lifetime ends a round, and every later one, with its reason.
   */
  constructor(parts: {
    readonly source: Source;
    readonly engine: Engine;
    readonly holder: StateHolder;
    readonly settings: Settings;
    readonly clock: Clock;
    readonly lifetime: AbortSignal;
  }) {
    this.#source = parts.source;
    this.#engine = parts.engine;
    this.#holder = parts.holder;
    this.#settings = parts.settings;
    this.#clock = parts.clock;
    this.#lifetime = parts.lifetime;
  }

  /** Runs a round, or joins the one that runs. Gives true when the state changed. */
  update(): Promise<boolean> {
    this.#inFlight ??= this.#round().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  /** Settles when no round runs; never rejects. */
  async idle(): Promise<void> {
    await this.#inFlight?.catch(() => {});
  }

  async #round(): Promise<boolean> {
    this.#lifetime.throwIfAborted();
    try {
      return await this.#attempt();
    } catch (error) {
      if (this.#lifetime.aborted) throw this.#lifetime.reason;
      this.#holder.fail(error);
      throw error;
    }
  }

  async #attempt(): Promise<boolean> {
    const { requestTimeout } = this.#settings;
    const attempt = new AbortController();
    const onEnd = (): void => attempt.abort(this.#lifetime.reason);
    const onTimeout = (): void => attempt.abort(timeoutError(this.#source.url, requestTimeout));
    this.#lifetime.addEventListener("abort", onEnd, { once: true });
    const cancelTimeout = this.#clock.after(requestTimeout * 1000, onTimeout, false);
    try {
      const held = this.#holder.version;
      const answer = await this.#source.ask(held, attempt.signal);
      const news = await this.#compile(answer, held, attempt.signal, cancelTimeout);
      if (news?.state === undefined) this.#holder.confirm(news?.version);
      else this.#holder.replace(news.state, news.version);
      return news?.state !== undefined;
    } finally {
      cancelTimeout();
      this.#lifetime.removeEventListener("abort", onEnd);
    }
  }

  /** The new state and its version; no state when it is the one that is held, perhaps under another ETag. */
  async #compile(
    answer: Answer,
    held: Version | undefined,
    signal: AbortSignal,
    onBodyEnd: () => void,
  ): Promise<{ state?: CompiledState; version: Version } | undefined> {
    if (answer.kind === "unchanged") return undefined;
    const { etag, chunks } = answer;
    if (etag !== undefined && etag === held?.etag) {
      answer.discard();
      return undefined;
    }
    // With a reference, a v1 server's ETag is that of another branch: only a digest beside it makes it worth something.
    const needsDigest = this.#settings.reference !== undefined;
    const fingerprint = etag === undefined || needsDigest ? new Fingerprint() : undefined;
    const compilation = this.#engine.compile("document", this.#settings.namespace);
    let state: CompiledState;
    try {
      for await (const chunk of chunks) {
        fingerprint?.add(chunk);
        compilation.write(chunk);
      }
      onBodyEnd();
      if (fingerprint !== undefined && fingerprint.text() === held?.fingerprint) {
        compilation.abort();
        return undefined;
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

/**
 * Compiles bytes that are all there.
 * @throws {DocumentError} (rejects) when they are not valid, and the signal's reason when that is aborted.
 */
export async function compileAll(
  engine: Engine,
  format: InputFormat,
  namespace: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<CompiledState> {
  const compilation = engine.compile(format, namespace);
  try {
    compilation.write(bytes);
    return await finished(compilation, signal);
  } catch (error) {
    compilation.abort();
    throw error;
  }
}

/** Waits for the state; one that comes out after the waiting was given up is released. */
function finished(compilation: Compilation, signal: AbortSignal): Promise<CompiledState> {
  const pending = compilation.finish();
  return orAborted(pending, signal).catch((error: unknown) => {
    pending.then((late) => late.release(), () => {});
    throw error;
  });
}

function timeoutError(url: string, seconds: number): FetchError {
  const subject = url === "" ? "the custom fetcher" : url;
  return new FetchError(
    `${subject} gave no complete answer within ${seconds} s (the option requestTimeout)`,
    {
      url,
      retryable: true,
    },
  );
}
