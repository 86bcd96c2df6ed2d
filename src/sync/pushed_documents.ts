// Documents that are pushed one after the other: compiled in their order, at most one at a time and one waiting. One that
// waits gives way to the next, so that many pushes in a row cost little and the last one wins.

import type { Compilation, Engine } from "../../engines/engine.ts";
import { finished } from "../state/compiling.ts";
import type { StateUpdates } from "./state_updates.ts";
import { sizeError } from "../sources/limit_errors.ts";
import type { Settings } from "../options/options.ts";
import type { DocumentSink } from "../sources/ndjson_stream.ts";

/** How much of a document's end is kept, in bytes: its digest is there. */
const endLength = 256;

/** Takes pushed documents in. */
export class PushedDocuments {
  readonly #engine: Engine;
  readonly #stateUpdates: StateUpdates;
  readonly #settings: Pick<Settings, "namespace" | "maxDocumentBytes">;
  readonly #url: string;
  readonly #lifetime: AbortSignal;
  #isCompiling = false;
  #waiting: Compilation | undefined;
  #digest: string | undefined;

  /**
   * @param parts.url where the documents come from, for messages.
   * @param parts.lifetime ends what is under way.
   */
  constructor(parts: {
    readonly engine: Engine;
    readonly stateUpdates: StateUpdates;
    readonly settings: Pick<Settings, "namespace" | "maxDocumentBytes">;
    readonly url: string;
    readonly lifetime: AbortSignal;
  }) {
    this.#engine = parts.engine;
    this.#stateUpdates = parts.stateUpdates;
    this.#settings = parts.settings;
    this.#url = parts.url;
    this.#lifetime = parts.lifetime;
  }

  /** The digest of the last document that was taken in since `forget`. */
  get digest(): string | undefined {
    return this.#digest;
  }

  /** Whether every document that came whole was compiled, or gave way. */
  get isIdle(): boolean {
    return !this.#isCompiling;
  }

  /** Forgets the digest: another connection begins. */
  forget(): void {
    this.#digest = undefined;
  }

  /**
   * Begins with a document.
   * @returns what takes its bytes, and throws a FetchError when they are too many.
   */
  begin(): DocumentSink {
    const { namespace, maxDocumentBytes } = this.#settings;
    const compilation = this.#engine.compile("document", namespace);
    let byteLength = 0;
    let end: Uint8Array = new Uint8Array(0);
    return {
      write: (bytes) => {
        byteLength += bytes.length;
        if (byteLength > maxDocumentBytes) throw sizeError(this.#url, maxDocumentBytes);
        compilation.write(bytes);
        end = lastOf(end, bytes);
      },
      end: () => this.#complete(compilation, digestIn(end)),
      abandon: () => compilation.abort(),
    };
  }

  #complete(compilation: Compilation, digest: string | undefined): void {
    if (this.#isCompiling) {
      this.#waiting?.abort();
      this.#waiting = compilation;
    } else if (digest !== undefined && digest === this.#stateUpdates.digest) {
      // The first document of a connection is nearly always the one that is held.
      compilation.abort();
      this.#digest = digest;
      this.#stateUpdates.confirmed();
    } else void this.#compile(compilation);
  }

  async #compile(first: Compilation): Promise<void> {
    this.#isCompiling = true;
    for (let next: Compilation | undefined = first; next !== undefined; next = this.#takeWaiting()) {
      try {
        const state = await finished(next, this.#lifetime);
        this.#digest = state.digest;
        this.#stateUpdates.pushed(state);
      } catch (error) {
        next.abort();
        if (!this.#lifetime.aborted) this.#stateUpdates.noted(error);
      }
    }
    this.#isCompiling = false;
  }

  #takeWaiting(): Compilation | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!this.#lifetime.aborted) return waiting;
    waiting?.abort();
    return undefined;
  }
}

/** A copy of the last bytes of the two. */
function lastOf(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (bytes.length >= endLength) return new Uint8Array(bytes.subarray(bytes.length - endLength));
  const kept = before.subarray(Math.max(0, before.length + bytes.length - endLength));
  const end = new Uint8Array(kept.length + bytes.length);
  end.set(kept);
  end.set(bytes, kept.length);
  return end;
}

/** The digest that is a document's last member; only the outermost object can end there. */
function digestIn(end: Uint8Array): string | undefined {
  return /"digest"\s*:\s*"([^"\\]+)"\s*\}\s*$/.exec(new TextDecoder().decode(end))?.[1];
}
