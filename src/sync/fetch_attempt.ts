// One attempt to fetch: ask the source, feed what it gives to the engine as it arrives, all within the time allowed:
// silence has one limit, and a document that arrives all the while another.

import type { CompiledState, Engine } from "../../engines/engine.ts";
import { onAbort } from "../../core/abortable.ts";
import type { Clock } from "../../core/clock.ts";
import { inTurns } from "../../ffi/turns.ts";
import { finished } from "../state/compiling.ts";
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

/** What a client loads after it is wired, and before anything is fetched. */
export interface Loaded {
  /** Where documents come from. */
  source: Source;
  /** What compiles them. */
  engine: Engine;
}

/** What an attempt is made of. */
export interface FetchParts {
  /** What is asked, and what compiles the documents. */
  readonly loaded: Loaded;
  /** The options. */
  readonly settings: Settings;
  /** Timers and randomness. */
  readonly clock: Clock;
  /** Ends what is under way with its reason. */
  readonly lifetime: AbortSignal;
}

/** Makes one attempt, for a client that holds `held`. */
export async function fetchOnce(parts: FetchParts, held: Version | undefined): Promise<Fetched> {
  const { loaded: { source }, clock, lifetime, settings } = parts;
  const askedAt = clock.elapsed();
  const attempt = new AbortController();
  const forget = onAbort(lifetime, () => attempt.abort(lifetime.reason));
  const limit = (what: () => string, option: "requestTimeout" | "bodyTimeout"): () => void => {
    const seconds = settings[option];
    const onTimeout = (): void => attempt.abort(timeoutError(source.url, what(), seconds, option));
    return clock.after(seconds * 1000, onTimeout);
  };
  let cancelSilence = (): void => {};
  let cancelBody = (): void => {};
  const expect = (what: string): void => {
    cancelSilence();
    cancelSilence = limit(() => what, "requestTimeout");
  };
  let missing = "sent no complete response";
  try {
    expect("did not respond");
    const result = await source.ask(held, attempt.signal);
    cancelBody = limit(() => missing, "bodyTimeout");
    const onPart = (): void => expect("sent no further data");
    onPart();
    const onBodyEnd = (): void => expect(missing = "sent a document that was not compiled");
    return { ...await compiled(parts, result, held, attempt.signal, onPart, onBodyEnd), askedAt };
  } finally {
    cancelSilence();
    cancelBody();
    forget();
  }
}

/** The new state and its version; no state when it is the one that is held, perhaps under another ETag. */
async function compiled(
  { loaded: { engine, source }, settings }: FetchParts,
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
  const { namespace, maxDocumentBytes, reference } = settings;
  // With a reference, a v1 server's ETag is that of another branch: only a digest beside it makes it worth something.
  const needsDigest = reference !== undefined;
  const { Fingerprint } = etag === undefined || needsDigest ? await import("../state/fingerprint.ts") : {};
  const fingerprint = Fingerprint && new Fingerprint();
  const compilation = engine.compile("document", namespace);
  let state: CompiledState;
  let byteLength = 0;
  try {
    for await (const chunk of inTurns(chunks, signal)) {
      onPart();
      byteLength += chunk.length;
      if (byteLength > maxDocumentBytes) throw sizeError(source.url, maxDocumentBytes);
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
