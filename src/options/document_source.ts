// The option `source`: where documents come from in place of a server, such as files.

import { membersProblem, methodsProblem } from "../../core/describe.ts";

/** The request to a document source. */
export interface DocumentRequest {
  /** The namespace that the client evaluates. */
  readonly namespace: string;
  /** Aborted when the result is no longer needed. */
  readonly signal: AbortSignal;
  /** The version that `load()` returned for the document that the client holds; `undefined` if there was none. */
  readonly version?: string | undefined;
}

/** A document of which it is known which one it is, so that one that the client holds is not loaded again. */
export interface VersionedDocument {
  /** What identifies it among the documents of this source. */
  readonly version: string;
  /** The JSON that a Flipt server would send; left out to say that the version of the request is current. */
  readonly document?: string | Uint8Array;
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
  /** Its name in messages, such as `the file features.yml`. @default "the document source" */
  readonly name?: string;
  /**
   * Returns the document of a namespace: the JSON that a Flipt server would send. If it rejects, so do
   * `FliptClient.init()` and `refresh()`, and listeners of `error` are called; the last good state keeps answering.
   */
  load(request: DocumentRequest): Promise<string | Uint8Array | VersionedDocument>;
  /**
   * Calls `changed` whenever `load()` may return something else. Called once, after the first state is loaded.
   * @returns a function that ends it; called when the client is closed.
   */
  watch?(changed: () => void): () => void;
}

/** What is wrong with the option `source`, worded to follow its name; `undefined` when nothing is. */
export function documentSourceProblem(value: unknown): string | undefined {
  return methodsProblem(value, 'an object with load(), such as fileSource("features.yml")', "load") ??
    membersProblem(value as DocumentSource, "function", "watch") ??
    membersProblem(value as DocumentSource, "string", "name");
}
