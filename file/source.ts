// The document source for features files.

import { checkOptionNames, type OptionNames } from "../core/option_names.ts";
import type { DocumentRequest, DocumentSource } from "../src/options/document_source.ts";
import { resolveLayout, serverOf } from "./layout.ts";
import type { Layout } from "./layout.ts";
import { locate } from "./locate.ts";
import { Findings } from "./problems.ts";
import { documentOfNamespace, pathList, readLocated } from "./read.ts";
import type { FeaturesOptions, FeaturesPaths } from "./read.ts";
import { stampOf } from "./stamp.ts";
import { WarningReporter } from "./warnings.ts";
import { Watcher } from "./watch.ts";

/** Options of `fileSource`. */
export interface FileSourceOptions extends FeaturesOptions {
  /** Whether to reload the files as soon as one changes. @default false */
  readonly watch?: boolean;
}

/**
 * Returns a source for the `source` option of a client: files in Flipt's declarative format in place of a server.
 * `FliptClient.init()` rejects when a file is invalid; after that, an invalid file emits an `error` event, and the
 * client keeps the last valid state.
 *
 * Deno requires `--allow-read` for the files and their folders and, for YAML, `--allow-env=LOG_TOKENS,LOG_STREAM`,
 * which the package `yaml` reads.
 *
 * @param paths A file (`.yml`, `.yaml`, `.json`), a folder, or a list of them. In a folder, reads the files that Flipt
 * would read: see `layout`.
 * @throws {ValidationError} when there is no path, or one or the layout is invalid.
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
  checkOptionNames("fileSource()", options, OPTIONS);
  const list = pathList(paths);
  const source = new FileSource(list, resolveLayout(options.layout), new WarningReporter(options.onWarning));
  if (options.watch !== true) return source;
  return Object.assign(source, { watch: (onChange: () => void) => source.startWatching(onChange) });
}

const OPTIONS: OptionNames<FileSourceOptions> = { watch: true, layout: true, onWarning: true };

class FileSource implements DocumentSource {
  readonly name: string;
  readonly #paths: readonly string[];
  readonly #layout: Layout;
  readonly #reporter: WarningReporter;
  #watched: readonly string[];
  #stamp = "";
  #watcher: Watcher | undefined;

  constructor(paths: readonly string[], layout: Layout, reporter: WarningReporter) {
    this.name = `${paths.length === 1 ? "the file" : "the files"} ${paths.join(", ")}`;
    this.#paths = paths;
    this.#layout = layout;
    this.#reporter = reporter;
    this.#watched = paths;
  }

  async load({ namespace }: DocumentRequest): Promise<string> {
    const findings = new Findings();
    const located = await locate(this.#paths, this.#layout, findings);
    // Taken before the files are read, so that a change during reading is noticed.
    this.#stamp = await stampOf(located.watched);
    this.#watched = located.watched;
    this.#watcher?.update();
    const documents = await readLocated(located, serverOf(this.#layout), findings, this.#reporter);
    return JSON.stringify(documentOfNamespace(documents, namespace, this.#paths.join(", ")));
  }

  /** Calls `onChange` when the files differ from those that were loaded last. Returns a function that stops it. */
  startWatching(onChange: () => void): () => void {
    const watcher = new Watcher(() => ({ paths: this.#watched, stamp: this.#stamp }), onChange);
    this.#watcher = watcher;
    watcher.start();
    return () => watcher.stop();
  }
}
