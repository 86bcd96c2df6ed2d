// Reads flag states from files: snapshots, documents and files in Flipt's declarative format.

import type { FlagDocument } from "../engines/document.ts";
import { parseDocument } from "../engines/document_parsing.ts";
import { fromBase64 } from "../engines/base64.ts";
import { encodeSnapshot } from "../engines/snapshot.ts";
import { decodeSnapshot } from "../engines/snapshot_reading.ts";
import { quote } from "../core/describe.ts";
import { DocumentError } from "../core/errors.ts";
import { cliMessage, UsageError } from "./errors.ts";
import { ensureFiles, readText, sourceName } from "./files.ts";
import type { Io } from "./io.ts";

/** What `readDocument` accepts, for the help. */
export const DOCUMENT_FILE =
  "a snapshot, a document as the server sends it, or features.yml; - reads a snapshot or document from stdin";

/**
 * Returns the document of a file. A file named `.yml` or `.yaml` is in Flipt's declarative format, any other is a
 * snapshot or a document as the server sends it; `-` reads stdin.
 * @param namespace The namespace, for a file with several. @default the only one, or `default`
 * @throws {NotFoundError} (rejects) when the file does not exist.
 * @throws {DocumentError} (rejects) when it is in none of these formats.
 */
export async function readDocument(path: string, io: Io, namespace?: string): Promise<FlagDocument> {
  if (/\.ya?ml$/i.test(path)) return await featuresDocument(path, namespace);
  const text = (await readText(path, io)).replace(/^\ufeff/, "").trim();
  try {
    if (!text.startsWith("{")) return documentOf(text);
    return canonical(parseDocument(new TextEncoder().encode(text)));
  } catch (error) {
    const reason = cliMessage(error).replace("; the flag state stays as it was", "");
    throw new DocumentError(`${sourceName(path)} is not a flag state: ${reason}`, {
      cause: error,
    });
  }
}

async function featuresDocument(path: string, givenNamespace: string | undefined): Promise<FlagDocument> {
  ensureFiles([path]);
  const file = await import("../file/mod.ts");
  const namespace = givenNamespace ?? onlyNamespace(await file.readDocuments(path), [path]);
  return canonical(await file.readDocument(path, { namespace }));
}

/** Returns the document in canonical form: a snapshot has one form for documents that mean the same. */
function canonical(document: FlagDocument): FlagDocument {
  return documentOf(encodeSnapshot(document, document.namespace.key));
}

/**
 * Returns the namespace to use when the user gives none: `default`, or else the only one.
 * @throws {UsageError} when there are several without `default`.
 */
export function onlyNamespace(
  documents: ReadonlyMap<string, FlagDocument>,
  files: readonly string[],
): string {
  const declared = [...documents].filter(([, { flags }]) => flags.length > 0).map(([key]) => key);
  // An empty document declares the namespace default, which nobody means if there are others.
  const keys = declared.length > 0 ? declared : [...documents.keys()];
  if (keys.length === 0) {
    throw new UsageError(`${files.join(", ")} has no namespace with a key: add namespace: { key: default }`);
  }
  if (keys.includes("default")) return "default";
  if (keys[0] !== undefined && keys.length === 1) return keys[0];
  throw new UsageError(
    `${files.join(", ")} has the namespaces ${keys.map(quote).join(", ")}: choose one with --namespace`,
  );
}

/**
 * Returns the document in a snapshot of any namespace.
 * @throws {DocumentError} when the text is not a snapshot.
 */
export function documentOf(snapshot: string): FlagDocument {
  return decodeSnapshot(snapshot, namespaceOf(snapshot) ?? "default");
}

/** Returns the namespace that a snapshot names, or `undefined` when it names none. */
function namespaceOf(snapshot: string): string | undefined {
  try {
    const content: unknown = JSON.parse(new TextDecoder().decode(fromBase64(snapshot)));
    const { namespace } = content as { readonly namespace?: { readonly key?: unknown } };
    return typeof namespace?.key === "string" ? namespace.key : undefined;
  } catch {
    return undefined;
  }
}
