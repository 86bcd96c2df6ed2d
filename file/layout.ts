// Which files in a folder are features files, and their order: each server has rules of its own.

import { ValidationError } from "../core/errors.ts";
import { describe } from "../core/describe.ts";
import type { ServerVersion } from "./namespaces.ts";
import { Glob } from "./glob.ts";
import { compareCodePoints } from "./server_json.ts";

/** The server whose files are read in a folder. */
export type Layout = "v1" | "v2" | "both";

/** All layouts. */
export const LAYOUTS: readonly Layout[] = ["v1", "v2", "both"];

/** The index file of a folder, in which a v1 server finds patterns for its features files. */
export const INDEX_NAME = ".flipt.yml";

/** The files that a v1 server reads in a folder without an index, recursively. */
const V1_PATTERNS = ["**features.yml", "**features.yaml", "**.features.yml", "**.features.yaml"] as const;
/** The files that a v2 server reads: exactly one folder deep. */
const V2_NAME = /^[^/]+\/features\.(?:yaml|yml|json)$/;

/**
 * Returns the layout of an option.
 * @throws {ValidationError} when it is invalid.
 */
export function resolveLayout(layout: unknown): Layout {
  if (layout === undefined) return "both";
  const found = LAYOUTS.find((each) => each === layout);
  if (found !== undefined) return found;
  const given = typeof layout === "string" ? JSON.stringify(layout) : describe(layout);
  throw new ValidationError(
    `layout must be ${LAYOUTS.map((each) => `"${each}"`).join(", ")}, but is ${given}`,
  );
}

/** Returns the server whose documents are created. */
export function serverOf(layout: Layout): ServerVersion {
  return layout === "v1" ? "v1" : "v2";
}

/** The content of an index file: patterns for paths with slashes. */
export interface FileIndex {
  /** The files to read. */
  readonly include: readonly Glob[];
  /** The files to skip. */
  readonly exclude: readonly Glob[];
}

/** The index of a folder without an index file. */
export const DEFAULT_INDEX: FileIndex = {
  include: V1_PATTERNS.map((pattern) => new Glob(pattern)),
  exclude: [],
};

/** Returns whether a v1 server reads the file with a path. */
export function isOfV1(path: string, { include, exclude }: FileIndex): boolean {
  return include.some((glob) => glob.matches(path)) && !exclude.some((glob) => glob.matches(path));
}

/** Returns whether a v2 server reads the file with a path. */
export function isOfV2(path: string): boolean {
  return V2_NAME.test(path);
}

/** Compares paths in the order in which servers read them: by name, folder by folder. */
export function compareByWalk(a: string, b: string): number {
  const left = a.split("/");
  const right = b.split("/");
  for (let i = 0; i < left.length && i < right.length; i++) {
    const order = compareCodePoints(left[i] ?? "", right[i] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
