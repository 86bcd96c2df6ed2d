// Reads features files into the documents that a server would send.

import { fileURLToPath } from "node:url";
import type { FlagDocument } from "../engines/document.ts";
import { checkArgument } from "../core/argument_checks.ts";
import { describe, mustBe, tagOf } from "../core/describe.ts";
import { FetchError, ValidationError } from "../core/errors.ts";
import { documentOf } from "./document.ts";
import { DEFAULT_NAMESPACE, readFeatures } from "./features.ts";
import { resolveLayout, serverOf } from "./layout.ts";
import type { Layout } from "./layout.ts";
import { locate } from "./locate.ts";
import type { Located } from "./locate.ts";
import type { Namespace, ServerVersion } from "./namespaces.ts";
import { FeaturesError, FileProblems, Findings } from "./problems.ts";
import type { FeaturesProblem } from "./problems.ts";
import { parseTrees, readTrees } from "./text.ts";
import type { FeaturesFormat, ReadTrees } from "./text.ts";
import { quoted } from "./tree.ts";
import { WarningReporter } from "./warnings.ts";
import type { WarningListener } from "./warnings.ts";

/** One or several files or folders, which are read together. */
export type FeaturesPaths = string | URL | readonly (string | URL)[];

/** Selects a namespace. */
export interface NamespaceOptions {
  /** The key of the namespace. @default "default" */
  readonly namespace?: string;
}

/** Options of `readDocument`, `readDocuments` and `fileSource`. */
export interface FeaturesOptions {
  /**
   * Which files to read in a folder: those that a Flipt v1 server reads, those that a Flipt v2 server reads, or both. With
   * `v1`, documents are also those of a v1 server, where the two differ.
   * @default "both"
   */
  readonly layout?: Layout;
  /** Called with everything that servers accept but that is most likely a mistake. */
  readonly onWarning?: WarningListener;
}

/** Options of `documentFromFeatures`. */
export interface FeaturesTextOptions extends NamespaceOptions, Pick<FeaturesOptions, "onWarning"> {
  /** The format. @default "yaml", which includes JSON */
  readonly format?: FeaturesFormat;
  /** The file name in messages. @default "features.yml" or, for JSON, "features.json" */
  readonly file?: string;
}

/**
 * Reads a namespace from files in Flipt's declarative format, as the document that a Flipt v2 server would send.
 *
 * @param paths A file (`.yml`, `.yaml`, `.json`), a folder, or a list of them. In a folder, reads the files that Flipt
 * would read: see `layout`.
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
  options: NamespaceOptions & FeaturesOptions = {},
): Promise<FlagDocument> {
  const list = pathList(paths);
  return documentOfNamespace(await readDocuments(list, options), options.namespace, list.join(", "));
}

/**
 * Reads every namespace from files in Flipt's declarative format.
 *
 * @returns the documents by namespace.
 * @throws {FeaturesError} (rejects) when the files are invalid; lists all problems.
 * @throws {FliptError} (rejects) when a file is YAML and the package `yaml` is not installed.
 */
export async function readDocuments(
  paths: FeaturesPaths,
  options: FeaturesOptions = {},
): Promise<Map<string, FlagDocument>> {
  const layout = resolveLayout(options.layout);
  const findings = new Findings();
  const located = await locate(pathList(paths), layout, findings);
  return await readLocated(located, serverOf(layout), findings, new WarningReporter(options.onWarning));
}

/**
 * Parses text in Flipt's declarative format into the document that a Flipt v2 server would send.
 *
 * @returns the document.
 * @throws {FeaturesError} (rejects) when the text is invalid; lists all problems.
 * @throws {FetchError} (rejects) with `status` 404 when the namespace does not exist.
 * @throws {ValidationError} (rejects) when it is not given a text.
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
  checkArgument(
    "text of documentFromFeatures()",
    typeof text === "string" ? undefined : mustBe("a string", text),
  );
  const { format = "yaml", file = `features.${format === "json" ? "json" : "yml"}`, namespace } = options;
  const findings = new Findings();
  const read = [await parseTrees(text, format, file, findings)];
  const documents = documentsOf(read, "v2", findings, new WarningReporter(options.onWarning));
  return documentOfNamespace(documents, namespace, file);
}

/**
 * Reads the files that were found.
 * @returns the documents by namespace.
 * @throws {FeaturesError} (rejects) when there are problems, including those of the search.
 */
export async function readLocated(
  { files }: Located,
  server: ServerVersion,
  findings: Findings,
  reporter: WarningReporter,
): Promise<Map<string, FlagDocument>> {
  const read: ReadTrees[] = [];
  for (const file of files) {
    const trees = await readTrees(file, findings);
    if (trees !== undefined) read.push(trees);
  }
  return documentsOf(read, server, findings, reporter);
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
  const existing = Array.from(documents.keys(), quoted).join(", ") || "no namespace with a key";
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
    if (isFileUrl(path)) return fileURLToPath(path.href);
    if (typeof path === "string" && path.trim() !== "") return path;
    throw new ValidationError(
      `a features file must be a path or a file: URL, but is ${path === "" ? "empty" : describe(path)}`,
    );
  });
}

function isFileUrl(value: unknown): value is URL {
  return tagOf(value) === "URL" && (value as URL).protocol === "file:";
}

function documentsOf(
  read: readonly ReadTrees[],
  server: ServerVersion,
  findings: Findings,
  reporter: WarningReporter,
): Map<string, FlagDocument> {
  const namespaces = namespacesOf(read, server, findings);
  const documents = new Map<string, FlagDocument>();
  for (const [key, namespace] of namespaces) {
    const document = documentOf(namespace, server);
    // No client can request a namespace with an empty key.
    if (key !== "") documents.set(key, document);
  }
  reporter.report(inOrder(findings.warnings));
  if (findings.problems.length > 0) throw new FeaturesError(inOrder(findings.problems));
  return documents;
}

/** Returns the namespaces that files declare, by key. */
export function namespacesOf(
  read: readonly ReadTrees[],
  server: ServerVersion,
  findings: Findings,
): Map<string, Namespace> {
  const namespaces = new Map<string, Namespace>();
  for (const { trees, isEmpty, problems } of read) {
    for (const tree of trees) readFeatures(tree, problems, namespaces, server);
    if (isEmpty) problems.warn(undefined, "empty-file", "the file is empty: add flags: …");
  }
  // Without any document, the default namespace exists and has no flags.
  if (namespaces.size === 0) {
    readFeatures(EMPTY_DOCUMENT, new FileProblems("", "", findings), namespaces, server);
  }
  return namespaces;
}

/** A document without content, as between two `---` of a YAML stream. */
const EMPTY_DOCUMENT = { kind: "scalar", value: null, at: 0, source: "" } as const;

/** Sorts by file, line and column. */
function inOrder<Finding extends FeaturesProblem>(findings: readonly Finding[]): Finding[] {
  const ranks = new Map<string, number>();
  for (const { file } of findings) if (!ranks.has(file)) ranks.set(file, ranks.size);
  return findings.toSorted((a, b) =>
    (ranks.get(a.file) ?? 0) - (ranks.get(b.file) ?? 0) || (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0)
  );
}
