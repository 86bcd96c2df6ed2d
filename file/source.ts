// The document source that reads files of flags.

import type { DocumentRequest, DocumentSource } from "../src/options/document_source.ts";
import { locate } from "./locate.ts";
import type { FeaturesProblem } from "./problems.ts";
import { pathList, pick, readLocated } from "./read.ts";
import type { FeaturesPaths } from "./read.ts";
import { stampOf } from "./stamp.ts";
import { Watcher } from "./watch.ts";

/** How files are read. */
export interface FileSourceOptions {
  /** Whether the files are read anew as soon as one changes. @default false */
  readonly watch?: boolean;
}

/**
 * A source for the option `source` of a client: files in Flipt's declarative format, in place of a server. A file that is
 * not usable rejects `FliptClient.init()`; later it is told to listeners of `error`, and the last good state goes on
 * answering. On Deno it takes `--allow-read` for the files and their folders, and for YAML
 * `--allow-env=LOG_TOKENS,LOG_STREAM`, which the package `yaml` looks at.
 *
 * @param paths a file (`.yml`, `.yaml`, `.json`), a folder, or a list of them. In a folder these are the files called
 * `features.yml` or `*.features.yml` (also `.yaml`, `.json`), or those that its `.flipt.yml` includes.
 * @throws {ValidationError} when there is no path.
 *
 * @example
 * ```ts
 * import { FliptClient } from "@flipt-ffi/client";
 * import { fileSource } from "@flipt-ffi/client/file";
 *
 * const file = await Deno.makeTempFile({ suffix: ".yml" });
 * await Deno.writeTextFile(file, `
 * flags:
 *   - key: dark-mode
 *     name: Dark mode
 *     type: BOOLEAN_FLAG_TYPE
 *     enabled: true
 * `);
 * using client = await FliptClient.init({ source: fileSource(file) });
 * console.assert(client.evaluateBoolean("dark-mode", "user-1").enabled);
 * ```
 */
export function fileSource(paths: FeaturesPaths, options: FileSourceOptions = {}): DocumentSource {
  const list = pathList(paths);
  const source = new FileSource(list);
  if (options.watch !== true) return source;
  return Object.assign(source, { watch: (changed: () => void) => source.follow(changed) });
}

class FileSource implements DocumentSource {
  readonly name: string;
  readonly #paths: readonly string[];
  #watched: readonly string[];
  #stamp = "";
  #watcher: Watcher | undefined;

  constructor(paths: readonly string[]) {
    this.name = `${paths.length === 1 ? "the file" : "the files"} ${paths.join(", ")}`;
    this.#paths = paths;
    this.#watched = paths;
  }

  async load({ namespace }: DocumentRequest): Promise<string> {
    const problems: FeaturesProblem[] = [];
    const located = await locate(this.#paths, problems);
    // Taken before the files are read: what changes meanwhile is a change.
    this.#stamp = await stampOf(located.watched);
    this.#watched = located.watched;
    this.#watcher?.update();
    const documents = await readLocated(located, problems);
    return JSON.stringify(pick(documents, namespace, this.#paths.join(", ")));
  }

  /** Calls `changed` when the files are not those any more that were read last. */
  follow(changed: () => void): () => void {
    const watcher = new Watcher(() => ({ paths: this.#watched, stamp: this.#stamp }), changed);
    this.#watcher = watcher;
    watcher.start();
    return () => watcher.stop();
  }
}
