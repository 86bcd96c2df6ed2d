// Documents that come from the user's own source, such as files, in place of a server.

import { orAborted } from "../../core/abortable.ts";
import { describe, isObject, memberProblem, mustBe } from "../../core/describe.ts";
import { FetchError, FliptError } from "../../core/errors.ts";
import { reasonOf } from "../sources/response.ts";
import type { Answer, Source, Version } from "../sources/source.ts";
import type { Updater } from "../sync/updater.ts";

/** What a document source is asked for. */
export interface DocumentRequest {
  /** The namespace that the client evaluates. */
  readonly namespace: string;
  /** Is aborted when the answer is not wanted any more. */
  readonly signal: AbortSignal;
}

/**
 * Where a client's flag state comes from in place of a server. `fileSource` of `@flipt-ffi/client/file` is one; a source
 * of your own needs `load()` only.
 *
 * @example
 * ```ts
 * import { type DocumentSource, FliptClient } from "@flipt-ffi/client";
 *
 * const source: DocumentSource = {
 *   name: "the flags of the build",
 *   load: async ({ namespace }) => JSON.stringify({
 *     namespace: { key: namespace },
 *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
 *   }),
 * };
 * using client = await FliptClient.init({ source });
 * console.assert(client.evaluateBoolean("dark-mode", "user-1").enabled);
 * ```
 */
export interface DocumentSource {
  /** What messages call it, such as `the file features.yml`. @default "the document source" */
  readonly name?: string;
  /**
   * Gives the document of a namespace: the JSON that a Flipt server would send. What it rejects with rejects
   * `FliptClient.init()` and `refresh()`, and is told to listeners of `error`; the last good state goes on answering.
   */
  load(request: DocumentRequest): Promise<string | Uint8Array>;
  /**
   * Calls `changed` whenever `load()` may give something else. Called once, after the first state is there.
   * @returns what ends it; called when the client is closed.
   */
  watch?(changed: () => void): () => void;
}

/** What is wrong with the option `source`, worded to follow its name; `undefined` when nothing is. */
export function documentSourceProblem(value: unknown): string | undefined {
  if (!isObject(value)) return mustBe('an object with load(), such as fileSource("features.yml")', value);
  if (typeof value.load !== "function") return "must have a function load(), but has none";
  return memberProblem(value, "watch", "function") ?? memberProblem(value, "name", "string");
}

/** Asks a document source of the user. */
export class LoadedSource implements Source {
  readonly url: string;
  readonly #source: DocumentSource;
  readonly #namespace: string;

  /** A source that asks `source` for the document of `namespace`. */
  constructor(source: DocumentSource, namespace: string) {
    this.url = source.name ?? "the document source";
    this.#source = source;
    this.#namespace = namespace;
  }

  async ask(_held: Version | undefined, signal: AbortSignal): Promise<Answer> {
    return { kind: "document", chunks: [await this.#load(signal)], discard: () => {} };
  }

  async #load(signal: AbortSignal): Promise<Uint8Array> {
    let loaded: unknown;
    try {
      const pending = Promise.resolve(this.#source.load({ namespace: this.#namespace, signal }));
      loaded = await orAborted(pending, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof FliptError) throw error;
      throw this.#failure(`could not be read: ${reasonOf(error)}`, error);
    }
    if (typeof loaded === "string") return new TextEncoder().encode(loaded);
    if (loaded instanceof Uint8Array) return loaded;
    throw this.#failure(`must give JSON as a string or a Uint8Array, but gave ${describe(loaded)}`);
  }

  #failure(what: string, cause?: unknown): FetchError {
    return new FetchError(`${this.url} ${what}`, { url: "", retryable: false, cause });
  }
}

/**
 * Updates whenever a document source says that it has changed, until `lifetime` ends. A change that is told in the middle
 * of an update is read by another one: the first may have read what was there before.
 */
export function follow(source: DocumentSource, updater: Updater, lifetime: AbortSignal): void {
  let isDue = false;
  let isRunning = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    while (isDue && !lifetime.aborted) {
      await updater.idle();
      isDue = false;
      // Who listens has been told of what it rejects with.
      await updater.update(true).catch(() => {});
    }
    isRunning = false;
  };
  const stop = source.watch?.(() => {
    isDue = true;
    if (!isRunning) void run();
  });
  if (stop === undefined) return;
  lifetime.addEventListener("abort", () => stop(), { once: true });
}
