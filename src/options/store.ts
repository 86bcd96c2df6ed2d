// What a snapshot store looks like to the client, and what can be said of one without using it.

import { membersProblem, methodsProblem } from "../../core/describe.ts";

/**
 * Persists the flag state of one namespace in one environment for the next process. A store of your own needs these two
 * methods; snapshots are ASCII text, up to a few times as long as the server's document.
 *
 * @example
 * ```ts
 * import type { SnapshotStore } from "@flipt-ffi/client";
 *
 * class TabStore implements SnapshotStore {
 *   readonly name = "the session storage";
 *   async load() {
 *     return sessionStorage.getItem("flipt") ?? undefined;
 *   }
 *   async save(snapshot: string) {
 *     sessionStorage.setItem("flipt", snapshot);
 *   }
 * }
 * await new TabStore().save("aGVsbG8=");
 * console.assert(await new TabStore().load() === "aGVsbG8=");
 * ```
 */
export interface SnapshotStore {
  /** Its name in messages, such as `the file flags.snapshot`. @default "the snapshot store" */
  readonly name?: string;
  /** Returns the snapshot that was saved last; `undefined` if there is none. */
  load(): Promise<string | undefined>;
  /** Replaces the saved snapshot. Not called again before it has settled, unless that takes longer than `requestTimeout`. */
  save(snapshot: string): Promise<void>;
}

/** What is wrong with the option `store`, worded to follow its name; `undefined` when nothing is. */
export function storeProblem(value: unknown): string | undefined {
  const what = 'an object with load() and save(), such as fileStore("flags.snapshot")';
  return methodsProblem(value, what, "load", "save") ??
    membersProblem(value as SnapshotStore, "string", "name");
}
