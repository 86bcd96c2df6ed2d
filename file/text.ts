// Reads a file into the trees of its documents.

import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { readJson } from "./json.ts";
import { isError } from "../core/errors.ts";
import { FileProblems, unreadableProblem } from "./problems.ts";
import type { Findings } from "./problems.ts";
import type { Node } from "./tree.ts";
import { readYaml, yamlPackage } from "./yaml.ts";

/** Larger files are rejected: parsing YAML takes about a hundred times the size of the file in memory. */
export const MAX_FILE_BYTES: number = 32 * 1024 * 1024;

/** The format of a file. */
export type FeaturesFormat = "yaml" | "json";

/** The trees of a file, and the collector of its problems. */
export interface ReadTrees {
  /** One tree per document. */
  readonly trees: readonly Node[];
  /** Whether the file is valid and has no document. */
  readonly isEmpty: boolean;
  /** Collects further problems of the file. */
  readonly problems: FileProblems;
}

/** Reads the trees of a file. When it cannot be read, adds a problem and returns `undefined`. */
export async function readTrees(file: string, findings: Findings): Promise<ReadTrees | undefined> {
  let bytes: Uint8Array;
  try {
    const found = await stat(file);
    if (found.size > MAX_FILE_BYTES) throw tooLarge(` (${found.size})`);
    bytes = found.isFile() ? await readFile(file) : await readPipe(file);
  } catch (error) {
    findings.problems.push(unreadableProblem(file, error));
    return undefined;
  }
  const format = file.toLowerCase().endsWith(".json") ? "json" : "yaml";
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return await parseTrees(text, format, file, findings);
  } catch (error) {
    if (!isError(error) || error.name !== "TypeError") throw error;
    const message = "not UTF-8 text: save it as UTF-8";
    findings.problems.push({ file, line: undefined, column: undefined, message });
    return undefined;
  }
}

/** Reads a pipe or a device, which may have no end. */
async function readPipe(file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of createReadStream(file)) {
    size += chunk.length;
    if (size > MAX_FILE_BYTES) throw tooLarge("");
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function tooLarge(size: string): Error {
  return new Error(`it is larger than ${MAX_FILE_BYTES} bytes${size}: split it`);
}

/** Parses text into trees. */
export async function parseTrees(
  text: string,
  format: FeaturesFormat,
  file: string,
  findings: Findings,
): Promise<ReadTrees> {
  const clean = text.startsWith("\ufeff") ? text.slice(1) : text;
  const fileProblems = new FileProblems(file, clean, findings, format === "json");
  const countBefore = fileProblems.count;
  const trees = clean.trim() === ""
    ? []
    : format === "yaml"
    ? readYaml(clean, fileProblems, await yamlPackage())
    : [readJson(clean, fileProblems)].filter((tree) => tree !== undefined);
  const isEmpty = trees.length === 0 && fileProblems.count === countBefore;
  return { trees, isEmpty, problems: fileProblems };
}
