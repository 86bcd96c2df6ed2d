// The document source for a file that another process keeps fresh: the snapshot of a client, or the store of a relay.

import { readFile, stat } from "node:fs/promises";
import { fromBase64 } from "../engines/base64.ts";
import { snapshotToDocument } from "../engines/snapshot_reading.ts";
import { isObject, mustBe, shown } from "../core/describe.ts";
import { DocumentError, FliptError, ValidationError } from "../core/errors.ts";
import { checkOptionNames } from "../core/option_names.ts";
import { ensureFilePermission } from "../ffi/permissions_deno.ts";
import { ensureRegular, isMissing } from "../ffi/replace_file.ts";
import type { DocumentRequest, DocumentSource, VersionedDocument } from "../src/options/document_source.ts";
import { stampOf } from "./stamp.ts";
import { Watcher } from "./watch.ts";

/** Options of `snapshotSource`. */
export interface SnapshotSourceOptions {
  /** Whether to follow the file. @default false */
  readonly watch?: boolean;
}

/**
 * Returns a source for the `source` option of a client: a file with a flag state, which another process replaces. It may be
 * what `fileStore` writes, the store of a relay, or a document as a Flipt server sends it. A file that is damaged, missing
 * or of another namespace emits an `error` event, and the client keeps the last valid state.
 *
 * Deno requires `--allow-read` for the file and its folder.
 *
 * @param path The file. Whoever writes it has to replace it in one step, as `fileStore` does.
 * @throws {ValidationError} when the path or an option is invalid.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 * import { snapshotSource } from "@flipt-ffi/client/file";
 *
 * const file = await Deno.makeTempFile();
 * await Deno.writeTextFile(file, JSON.stringify({
 *   namespace: { key: "default" },
 *   flags: [{ key: "dark-mode", name: "", type: "BOOLEAN_FLAG_TYPE", enabled: true }],
 * }));
 * using client = await FliptClient.init({ source: snapshotSource(file) });
 * console.assert(client.evaluateBoolean("dark-mode", "user-1").enabled);
 * ```
 */
export function snapshotSource(path: string, options: SnapshotSourceOptions = {}): DocumentSource {
  if (typeof path !== "string" || path === "") {
    throw new ValidationError(`the path of a snapshot ${mustBe("a string", path)}`);
  }
  checkOptionNames<SnapshotSourceOptions>("snapshotSource()", options, { watch: true });
  const source = new SnapshotFile(path);
  if (options.watch !== true) return source;
  return Object.assign(source, { watch: (changed: () => void) => source.follow(changed) });
}

class SnapshotFile implements DocumentSource {
  readonly name: string;
  readonly #path: string;
  #stamp = "";

  constructor(path: string) {
    this.name = `the snapshot ${path}`;
    this.#path = path;
  }

  async load({ namespace, version }: DocumentRequest): Promise<VersionedDocument> {
    // Taken before the file is read, so that a change during reading is noticed.
    const stamp = await stampOf([this.#path]);
    this.#stamp = stamp;
    if (version === stamp) return { version };
    let text: string;
    try {
      await ensureFilePermission("read", this.#path);
      ensureRegular(this.#path, await stat(this.#path));
      text = await readFile(this.#path, "utf8");
    } catch (cause) {
      if (isMissing(cause)) throw new FliptError(`there is no file ${this.#path} yet`, { cause });
      throw cause;
    }
    return { version: stamp, document: documentIn(text.trim(), namespace) };
  }

  /** Calls `changed` when the file differs from the one that was loaded last. Returns a function that stops it. */
  follow(changed: () => void): () => void {
    const watcher = new Watcher(() => ({ paths: [this.#path], stamp: this.#stamp }), changed);
    watcher.start();
    return () => watcher.stop();
  }
}

/** Returns the JSON of the document in a file. @throws {DocumentError} when there is none of the namespace. */
function documentIn(text: string, namespace: string): string | Uint8Array {
  if (text.startsWith("{")) return ofNamespace(text, text, namespace);
  const bytes = fromBase64(text);
  if (bytes === undefined) throw new DocumentError("the file is neither a snapshot nor a document");
  const json = new TextDecoder().decode(bytes);
  // A relay keeps documents as they came.
  if (Array.isArray(parsed(json)["flags"])) return ofNamespace(bytes, json, namespace);
  return JSON.stringify(snapshotToDocument(bytes, namespace));
}

function ofNamespace<T>(document: T, json: string, namespace: string): T {
  const { namespace: own } = parsed(json);
  const key = isObject(own) ? own["key"] : undefined;
  if (key === namespace) return document;
  throw new DocumentError(`the file belongs to the namespace ${shown(key)}, not to "${namespace}"`);
}

function parsed(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (isObject(value)) return value;
  } catch (cause) {
    throw new DocumentError("the file is neither a snapshot nor a document", { cause });
  }
  throw new DocumentError("the file is neither a snapshot nor a document");
}
