// The file store where there are no files: stands in for store/file.ts, so that code which names it still loads.

import { FliptError } from "../core/errors.ts";
import type { SnapshotStore } from "../src/options/store.ts";

/** A store whose every use fails, which a client reports and survives. */
export function fileStore(path: string): SnapshotStore {
  const fail = (): Promise<never> =>
    Promise.reject(new FliptError("there are no files here: keep snapshots in a store of your own"));
  return { name: `the file ${path}`, load: fail, save: fail };
}
