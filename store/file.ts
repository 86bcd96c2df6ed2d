// A snapshot store in a file. A crash while it is written leaves the previous snapshot.

import { builtin } from "../ffi/builtin_node.ts";
import { checkArgument } from "../core/argument_checks.ts";
import { mustBe } from "../core/describe.ts";
import { FliptError } from "../core/errors.ts";
import { ensureFilePermission } from "../ffi/permissions_deno.ts";
import type { SnapshotStore } from "../src/options/store.ts";
import {
  ensureRegular,
  ensureReplaceable,
  isMissing,
  replaceFile,
  sweepTemporaries,
} from "../ffi/replace_file.ts";

/**
 * Returns a store in a file. The file contains the text of `getSnapshot()`, is readable only by its owner, and is
 * replaced atomically; what is at its path must be a file, and no link to one. Its folder must exist and be writable.
 * Deno requires `--allow-read` and `--allow-write` for the folder.
 *
 * @param path The path of the file. Each namespace and environment needs its own.
 * @throws {ValidationError} when it is no path.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fileStore, FliptClient } from "@flipt-ffi/client";
 *
 * const folder = await mkdtemp(join(tmpdir(), "flags-"));
 * const options = { errorStrategy: "fallback", store: fileStore(join(folder, "flags.snapshot")) } as const;
 *
 * const first = await FliptClient.init({
 *   ...options,
 *   fetcher: async () => Response.json({
 *     namespace: { key: "default" },
 *     flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
 *   }),
 * });
 * await first[Symbol.asyncDispose]();
 *
 * using second = await FliptClient.init({ ...options, fetcher: async () => Response.error() });
 * console.assert(second.evaluateBoolean("dark-mode", "user-1").enabled);
 * ```
 */
export function fileStore(path: string): SnapshotStore {
  checkArgument("path of fileStore()", typeof path === "string" ? undefined : mustBe("a string", path));
  checkArgument("path of fileStore()", path === "" ? "cannot be empty" : undefined);
  return new FileStore(path);
}

class FileStore implements SnapshotStore {
  readonly name: string;
  readonly #path: string;
  #isSwept = false;

  constructor(path: string) {
    this.name = `the file ${path}`;
    this.#path = path;
  }

  async load(): Promise<string | undefined> {
    await ensureFilePermission("read", this.#path);
    const { readFile, stat } = await builtin("node:fs/promises");
    try {
      // A named pipe would be waited for without end.
      ensureRegular(this.#path, await stat(this.#path));
      return await readFile(this.#path, "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async save(snapshot: string): Promise<void> {
    const { dirname } = await builtin("node:path");
    const folder = dirname(this.#path);
    await ensureFilePermission("write", folder);
    // Deno requires it for the rename.
    await ensureFilePermission("read", folder);
    try {
      if (!this.#isSwept) await sweepTemporaries(this.#path);
      this.#isSwept = true;
      await ensureReplaceable(this.#path);
      await replaceFile(this.#path, snapshot);
    } catch (error) {
      if (isMissing(error)) throw new FliptError(`there is no folder ${folder}`, { cause: error });
      throw error;
    }
  }
}
