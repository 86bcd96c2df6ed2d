// Flag states in files: snapshots and documents, both as the document that is in them.

import type { FlagDocument } from "../engines/document.ts";
import { parseDocument } from "../engines/document.ts";
import { fromBase64 } from "../engines/base64.ts";
import { decodeSnapshot, encodeSnapshot } from "../engines/snapshot.ts";
import { quote } from "../core/describe.ts";
import { DocumentError } from "../core/errors.ts";
import { messageOf, UsageError } from "./errors.ts";
import { ensureFiles, readText } from "./files.ts";
import type { Io } from "./io.ts";

/** What `readDocument` takes, for the help. */
export const documentFile =
  "a snapshot, a document as the server sends it, or features.yml; - reads a snapshot or document from the input";

/**
 * The document of a file that holds a snapshot, or a document as the server sends it, or, where its name ends in `.yml` or
 * `.yaml`, flags in Flipt's declarative format; `-` reads what comes in.
 * @param namespace The one that is meant where a file has several. @default the only one, or the one called default
 * @throws {NotFoundError} (rejects) when there is no such file.
 * @throws {DocumentError} (rejects) when it holds none of these.
 */
export async function readDocument(path: string, io: Io, namespace?: string): Promise<FlagDocument> {
  if (/\.ya?ml$/i.test(path)) return await featuresDocument(path, namespace);
  const text = (await readText(path, io)).replace(/^\ufeff/, "").trim();
  try {
    if (!text.startsWith("{")) return documentOf(text);
    return canonical(parseDocument(new TextEncoder().encode(text)));
  } catch (error) {
    const reason = messageOf(error).replace("; the flag state stays as it was", "");
    throw new DocumentError(`${path === "-" ? "the input" : path} is no flag state: ${reason}`, {
      cause: error,
    });
  }
}

async function featuresDocument(path: string, typed: string | undefined): Promise<FlagDocument> {
  ensureFiles([path]);
  const file = await import("../file/mod.ts");
  const namespace = typed ?? onlyNamespace(await file.readDocuments(path), [path]);
  return canonical(await file.readDocument(path, { namespace }));
}

/** By way of a snapshot, which has one form for all that means the same. */
function canonical(document: FlagDocument): FlagDocument {
  return documentOf(encodeSnapshot(document, document.namespace.key));
}

/**
 * The namespace that is meant where none is named.
 * @throws {UsageError} when there are several, and none is called default.
 */
export function onlyNamespace(
  documents: ReadonlyMap<string, FlagDocument>,
  files: readonly string[],
): string {
  const keys = [...documents.keys()];
  if (keys.includes("default")) return "default";
  if (keys[0] !== undefined && keys.length === 1) return keys[0];
  throw new UsageError(
    `${files.join(", ")} has the namespaces ${keys.map(quote).join(", ")}: choose one with --namespace`,
  );
}

/**
 * The document of a snapshot, of whichever namespace it is.
 * @throws {DocumentError} when the text is no snapshot.
 */
export function documentOf(snapshot: string): FlagDocument {
  return decodeSnapshot(snapshot, namespaceOf(snapshot) ?? "default");
}

/** The namespace that a snapshot says it is of; `undefined` when it says none. */
function namespaceOf(snapshot: string): string | undefined {
  try {
    const content: unknown = JSON.parse(new TextDecoder().decode(fromBase64(snapshot)));
    const { namespace } = content as { readonly namespace?: { readonly key?: unknown } };
    return typeof namespace?.key === "string" ? namespace.key : undefined;
  } catch {
    return undefined;
  }
}
