// Large documents in files: made once in a run, read by all of its processes.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Effort } from "./effort.ts";
import { documentOfSize } from "./flipt_document.ts";
import { matchingContext, type Question } from "./flags.ts";
import type { DocumentBytes } from "./subjects/fetcher.ts";

/**
 * Makes sure that the file of a document is there.
 * @param version makes documents of one size differ in a flag.
 * @returns its path.
 */
export function documentFile(folder: string, megabytes: number, version = 0): string {
  const path = join(folder, `${megabytes}-${version}.json`);
  if (!existsSync(path)) writeFileSync(path, documentOfSize(megabytes * 1e6, version));
  return path;
}

/** The document in memory. */
export function documentBytes(folder: string, megabytes: number, version = 0): DocumentBytes {
  const bytes = new Uint8Array(readFileSync(documentFile(folder, megabytes, version)));
  return { bytes, etag: version.toString(16).padStart(40, "0") };
}

/** The megabytes of the document of which there is one size only. */
export function largeDocument({ isQuick }: Effort): number {
  return isQuick ? 0.3 : 20;
}

/** A question to a flag that is in documents of every size. */
export function questionTo(entityId: string): Question {
  return { flagKey: "flag-000000", entityId, context: matchingContext() };
}
