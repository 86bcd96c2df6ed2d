// Large documents in files: generated once per run and read by all of its processes.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Effort } from "./effort.ts";
import { documentJsonOfSize } from "./flipt_document.ts";
import { matchingContext, type Question } from "./flags.ts";
import type { DocumentBytes } from "./subjects/fetcher.ts";

/**
 * Makes sure that the file of a document exists.
 * @param version Documents of one size but different versions differ in one flag.
 * @returns the path of the file.
 */
export function documentFile(folder: string, megabytes: number, version = 0): string {
  const path = join(folder, `${megabytes}-${version}.json`);
  if (!existsSync(path)) writeFileSync(path, documentJsonOfSize(megabytes * 1e6, version));
  return path;
}

/** Returns the document in memory. */
export function documentBytes(folder: string, megabytes: number, version = 0): DocumentBytes {
  const bytes = new Uint8Array(readFileSync(documentFile(folder, megabytes, version)));
  return { bytes, etag: version.toString(16).padStart(40, "0") };
}

/** Returns the size of the large document, in megabytes. */
export function largeDocumentMegabytes({ isQuick }: Effort): number {
  return isQuick ? 0.3 : 20;
}

/** Returns a question about a flag that documents of every size contain. */
export function questionTo(entityId: string): Question {
  return { flagKey: "flag-000000", entityId, context: matchingContext() };
}
