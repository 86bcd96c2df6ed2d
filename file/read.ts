// Reads features files into the documents that a server would send.

import { fileURLToPath } from "node:url";
import type { FlagDocument } from "../engines/document.ts";
import { describe } from "../core/describe.ts";
import { FetchError, ValidationError } from "../core/errors.ts";
import { documentOf } from "./document.ts";
import { DEFAULT_NAMESPACE, readFeatures } from "./features.ts";
import type { Namespace } from "./features.ts";
import { locate } from "./locate.ts";
import type { Located } from "./locate.ts";
import { FeaturesError } from "./problems.ts";
import type { FeaturesProblem } from "./problems.ts";
import { parseTrees, readTrees } from "./text.ts";
import type { FeaturesFormat, ReadTrees } from "./text.ts";
import { quoted } from "./tree.ts";

/** One or several files or folders, which are read together. */
export type FeaturesPaths = string | URL | readonly (string | URL)[];

/** Selects a namespace. */
export interface NamespaceOptions {
  /** The key of the namespace. @default "default" */
  readonly namespace?: string;
}

/** Options of `documentFromFeatures`. */
export interface FeaturesTextOptions extends NamespaceOptions {
  /** The format. @default "yaml", which includes JSON */
  readonly format?: FeaturesFormat;
  /** The file name in messages. @default "features.yml" or, for JSON, "features.json" */
  readonly file?: string;
}

/**
 * Reads a namespace from files in Flipt's declarative format, as the document that a Flipt v2 server would send.
 *
 * @param paths A file (`.yml`, `.yaml`, `.json`), a folder, or a list of them. In a folder, reads the files named
 * `features.yml` or `*.features.yml` (also `.yaml`, `.json`), or those that its `.flipt.yml` includes.
 * @returns the document.
 * @throws {FeaturesError} (rejects) when the files are invalid; lists all problems.
 * @throws {FetchError} (rejects) with `status` 404 when the namespace does not exist.
 * @throws {FliptError} (rejects) when a file is YAML and the package `yaml` is not installed.
 *
 * @example
 * ```ts ignore
 * import { readDocument } from "@flipt-ffi/client/file";
 *
 * const document = await readDocument("./features.yml", { namespace: "shop" });
 * console.log(document.flags.map(({ key }) => key));
 * ```
 */
export async function readDocument(
  paths: FeaturesPaths,
  options: NamespaceOptions = {},
): Promise<FlagDocument> {
  const list = pathList(paths);
  return documentOfNamespace(await readDocuments(list), options.namespace, list.join(", "));
}

/**
 * Reads every namespace from files in Flipt's declarative format.
 *
 * @returns the documents by namespace.
 * @throws {FeaturesError} (rejects) when the files are invalid; lists all problems.
 * @throws {FliptError} (rejects) when a file is YAML and the package `yaml` is not installed.
 */
export async function readDocuments(paths: FeaturesPaths): Promise<Map<string, FlagDocument>> {
  const problems: FeaturesProblem[] = [];
  return await readLocated(await locate(pathList(paths), problems), problems);
}

/**
 * Parses text in Flipt's declarative format into the document that a Flipt v2 server would send.
 *
 * @returns the document.
 * @throws {FeaturesError} (rejects) when the text is invalid; lists all problems.
 * @throws {FetchError} (rejects) with `status` 404 when the namespace does not exist.
 * @throws {FliptError} (rejects) when the text is YAML and the package `yaml` is not installed.
 *
 * @example
 * ```ts
 * import { documentFromFeatures } from "@flipt-ffi/client/file";
 *
 * const document = await documentFromFeatures(`
 * version: "1.4"
 * namespace: shop
 * flags:
 *   - key: dark-mode
 *     name: Dark mode
 *     type: BOOLEAN_FLAG_TYPE
 *     enabled: true
 * `, { namespace: "shop" });
 * console.assert(document.flags[0]?.enabled);
 * ```
 */
export async function documentFromFeatures(
  text: string,
  options: FeaturesTextOptions = {},
): Promise<FlagDocument> {
  const { format = "yaml", file = `features.${format === "json" ? "json" : "yml"}`, namespace } = options;
  const problems: FeaturesProblem[] = [];
  const documents = documentsOf([await parseTrees(text, format, file, problems)], problems);
  return documentOfNamespace(documents, namespace, file);
}

/**
 * Reads the files that were found.
 * @returns the documents by namespace.
 * @throws {FeaturesError} (rejects) when there are problems, including those of the search.
 */
export async function readLocated(
  { files }: Located,
  problems: FeaturesProblem[],
): Promise<Map<string, FlagDocument>> {
  const read: ReadTrees[] = [];
  for (const file of files) {
    const trees = await readTrees(file, problems);
    if (trees !== undefined) read.push(trees);
  }
  return documentsOf(read, problems);
}

/**
 * Returns the document of a namespace.
 * @throws {FetchError} with `status` 404 when the namespace does not exist.
 */
export function documentOfNamespace(
  documents: ReadonlyMap<string, FlagDocument>,
  namespace: string = DEFAULT_NAMESPACE,
  place: string,
): FlagDocument {
  const document = documents.get(namespace);
  if (document !== undefined) return document;
  // The status and message of a server, so that callers can handle both alike.
  const serverMessage = `evaluation snapshot for namespace ${quoted(namespace)} not found`;
  const existing = Array.from(documents.keys(), quoted).join(", ");
  throw new FetchError(`${serverMessage} in ${place}, which has ${existing}: check the namespace option`, {
    url: "",
    status: 404,
    retryable: false,
    serverMessage,
  });
}

/**
 * Returns the paths as a list of strings.
 * @throws {ValidationError} when there is none, or one is invalid.
 */
export function pathList(paths: FeaturesPaths): string[] {
  const given: readonly unknown[] = Array.isArray(paths) ? paths : [paths];
  if (given.length === 0) {
    throw new ValidationError("at least one file or folder is required");
  }
  return given.map((path) => {
    if (path instanceof URL && path.protocol === "file:") return fileURLToPath(path);
    if (typeof path === "string" && path.trim() !== "") return path;
    throw new ValidationError(
      `a features file must be a path or a file: URL, but is ${path === "" ? "empty" : describe(path)}`,
    );
  });
}

function documentsOf(read: readonly ReadTrees[], problems: FeaturesProblem[]): Map<string, FlagDocument> {
  const namespaces = new Map<string, Namespace>();
  for (const { trees, problems: fileProblems } of read) {
    for (const tree of trees) readFeatures(tree, fileProblems, namespaces);
  }
  const documents = new Map<string, FlagDocument>();
  for (const [key, namespace] of namespaces) documents.set(key, documentOf(key, namespace));
  if (problems.length > 0) throw new FeaturesError(sortedByPlace(problems));
  return documents;
}

/** Returns the problems file by file, each from top to bottom. */
function sortedByPlace(problems: readonly FeaturesProblem[]): FeaturesProblem[] {
  const files = [...new Set(problems.map(({ file }) => file))];
  return problems.toSorted((a, b) =>
    files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0)
  );
}
