// Reads files of flags into the documents that a server would send.

import { fileURLToPath } from "node:url";
import type { FlagDocument } from "../engines/document.ts";
import { describe } from "../core/describe.ts";
import { FetchError, ValidationError } from "../core/errors.ts";
import { documentOf } from "./document.ts";
import { defaultNamespace, readFeatures } from "./features.ts";
import type { Namespace } from "./features.ts";
import { locate } from "./locate.ts";
import type { Located } from "./locate.ts";
import { FeaturesError } from "./problems.ts";
import type { FeaturesProblem } from "./problems.ts";
import { parseTrees, readTrees } from "./text.ts";
import type { FeaturesFormat, ReadTrees } from "./text.ts";
import { quoted } from "./tree.ts";

/** Files or folders: one, or several whose flags belong together. */
export type FeaturesPaths = string | URL | readonly (string | URL)[];

/** Which namespace is meant. */
export interface NamespaceOptions {
  /** The key of the namespace. @default "default" */
  readonly namespace?: string;
}

/** How a text is read. */
export interface FeaturesTextOptions extends NamespaceOptions {
  /** The format. @default "yaml", of which JSON is a part */
  readonly format?: FeaturesFormat;
  /** What messages call the text. @default "features.yml" */
  readonly file?: string;
}

/**
 * Reads a namespace from files in Flipt's declarative format, as the document that a Flipt v2 server would send.
 *
 * @param paths a file (`.yml`, `.yaml`, `.json`), a folder, or a list of them. In a folder these are the files called
 * `features.yml` or `*.features.yml` (also `.yaml`, `.json`), or those that its `.flipt.yml` includes.
 * @returns the document.
 * @throws {FeaturesError} (rejects) that lists everything that is wrong with the files.
 * @throws {FetchError} (rejects) with `status` 404 when the files have no such namespace.
 * @throws {FliptError} (rejects) when there is YAML to read and the package `yaml` is not installed.
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
  return pick(await readDocuments(list), options.namespace, list.join(", "));
}

/**
 * Reads every namespace from files in Flipt's declarative format.
 *
 * @returns the documents by namespace.
 * @throws {FeaturesError} (rejects) that lists everything that is wrong with the files.
 * @throws {FliptError} (rejects) when there is YAML to read and the package `yaml` is not installed.
 */
export async function readDocuments(paths: FeaturesPaths): Promise<Map<string, FlagDocument>> {
  const problems: FeaturesProblem[] = [];
  return await readLocated(await locate(pathList(paths), problems), problems);
}

/**
 * Makes of a text in Flipt's declarative format the document that a Flipt v2 server would send.
 *
 * @throws {FeaturesError} (rejects) that lists everything that is wrong with it.
 * @throws {FetchError} (rejects) with `status` 404 when it has no such namespace.
 * @throws {FliptError} (rejects) when it is YAML and the package `yaml` is not installed.
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
  return pick(documents, namespace, file);
}

/** Reads files that were found; throws what is wrong with them, what was wrong before included. */
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

/** The namespace's document among those that were read. */
export function pick(
  documents: ReadonlyMap<string, FlagDocument>,
  namespace: string = defaultNamespace,
  place: string,
): FlagDocument {
  const document = documents.get(namespace);
  if (document !== undefined) return document;
  // The words of a server, and its status, so that whoever looks at them need not know where flags come from.
  const serverMessage = `evaluation snapshot for namespace ${quoted(namespace)} not found`;
  const existing = Array.from(documents.keys(), quoted).join(", ");
  throw new FetchError(`${serverMessage} in ${place}, which has ${existing}: check the option namespace`, {
    url: "",
    status: 404,
    retryable: false,
    serverMessage,
  });
}

/** The paths as texts. */
export function pathList(paths: FeaturesPaths): string[] {
  const given: readonly unknown[] = Array.isArray(paths) ? paths : [paths];
  if (given.length === 0) {
    throw new ValidationError("there must be at least one file or folder to read flags from");
  }
  return given.map((path) => {
    if (path instanceof URL && path.protocol === "file:") return fileURLToPath(path);
    if (typeof path === "string" && path.trim() !== "") return path;
    throw new ValidationError(
      `a file of flags must be a path or a file: URL, but is ${path === "" ? "empty" : describe(path)}`,
    );
  });
}

function documentsOf(read: readonly ReadTrees[], problems: FeaturesProblem[]): Map<string, FlagDocument> {
  const namespaces = new Map<string, Namespace>();
  for (const { trees, problems: own } of read) {
    for (const tree of trees) readFeatures(tree, own, namespaces);
  }
  const documents = new Map<string, FlagDocument>();
  for (const [key, namespace] of namespaces) documents.set(key, documentOf(key, namespace));
  if (problems.length > 0) throw new FeaturesError(inOrder(problems));
  return documents;
}

/** File by file, and in each from its top. */
function inOrder(problems: readonly FeaturesProblem[]): FeaturesProblem[] {
  const files = [...new Set(problems.map(({ file }) => file))];
  return problems.toSorted((a, b) =>
    files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0)
  );
}
