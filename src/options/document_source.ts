// The option `source`: where documents come from in place of a server, such as files.

import { isObject, memberProblem, mustBe } from "../../core/describe.ts";

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
   * `FliptClient.init()` and `refresh()`, and is told to listeners of `error`; the last good state keeps answering.
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
