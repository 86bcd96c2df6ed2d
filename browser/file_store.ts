// Replaces store/file.ts where there is no file system, so that code which imports it still loads.

import { FliptError } from "../core/errors.ts";
import type { SnapshotStore } from "../src/options/store.ts";

/** Returns a store that always fails. A client reports that and goes on. */
export function fileStore(path: string): SnapshotStore {
  const fail = (): Promise<never> =>
    Promise.reject(new FliptError("there is no file system here: use another snapshot store"));
  return { name: `the file ${path}`, load: fail, save: fail };
}
