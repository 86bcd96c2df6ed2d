// What a snapshot store looks like to the client, and what can be said of one without using it.

import { isObject, memberProblem, mustBe } from "../../core/describe.ts";

/**
 * Keeps the flag state of one namespace in one environment where the next process finds it. A store of your own needs
 * these two methods; what it is given is text of ASCII characters, up to a few times as long as the server's document.
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
  /** What messages call it, such as `the file flags.snapshot`. @default "the snapshot store" */
  readonly name?: string;
  /** Gives what was saved last; `undefined` when nothing was. */
  load(): Promise<string | undefined>;
  /** Puts a snapshot in the place of the one before. Never called again before it has settled. */
  save(snapshot: string): Promise<void>;
}

/** What is wrong with the option `store`, worded to follow its name; `undefined` when nothing is. */
export function storeProblem(value: unknown): string | undefined {
  if (!isObject(value)) {
    return mustBe('an object with load() and save(), such as fileStore("flags.snapshot")', value);
  }
  return typeof value.load === "function" && typeof value.save === "function"
    ? memberProblem(value, "name", "string")
    : "must have load() and save(), but lacks one of them";
}
