// Finds features files: those that are named, and in folders those that Flipt would find.

import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { ensureFilePermission } from "../ffi/permissions_deno.ts";
import { Glob, GlobError } from "./glob.ts";
import { compareByWalk, DEFAULT_INDEX, INDEX_NAME, isOfV1, isOfV2 } from "./layout.ts";
import type { FileIndex, Layout } from "./layout.ts";
import { stringOf, suggestion } from "./members.ts";
import { unreadableProblem } from "./problems.ts";
import type { FileProblems, Findings } from "./problems.ts";
import { readTrees } from "./text.ts";
import { describeNode, quoted } from "./tree.ts";
import type { MapNode, Node } from "./tree.ts";

/** The result of a search. */
export interface Located {
  /** The features files, in the order in which they are read. */
  readonly files: readonly string[];
  /** All paths that affect the result: these files, the folders and their index files. */
  readonly watched: readonly string[];
}

/** How many files and folders a folder may contain. */
const MAX_ENTRIES = 100_000;
/** Folders that are skipped: servers read repositories, which do not contain them. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** Finds the features files of `paths`. A path that does not exist, or a folder without such files, is a problem. */
export async function locate(
  paths: readonly string[],
  layout: Layout,
  findings: Findings,
): Promise<Located> {
  const files: string[] = [];
  const watched: string[] = [];
  for (const path of paths) {
    try {
      await ensureFilePermission("read", path);
      watched.push(path);
      if (!(await stat(path)).isDirectory()) files.push(path);
      else await addFolder(path, layout, files, watched, findings);
    } catch (error) {
      findings.problems.push(unreadableProblem(path, error));
    }
  }
  return { files: [...new Set(files)], watched: [...new Set(watched)] };
}

async function addFolder(
  folder: string,
  layout: Layout,
  files: string[],
  watched: string[],
  findings: Findings,
): Promise<void> {
  const { names, folders } = await listFolder(folder);
  for (const each of folders) watched.push(each);
  const index = join(folder, INDEX_NAME);
  const hasIndex = layout !== "v2" && names.includes(INDEX_NAME);
  if (hasIndex) watched.push(index);
  const { problems } = findings;
  const before = problems.length;
  const taken = hasIndex ? await readIndex(index, findings) : DEFAULT_INDEX;
  // An index file is for v1 servers, and replaces all other rules.
  const takesV2 = layout === "v2" || (layout === "both" && !hasIndex);
  const isTaken = (name: string): boolean =>
    (layout !== "v2" && isOfV1(name, taken)) || (takesV2 && isOfV2(name));
  const found = names.filter(isTaken);
  if (found.length === 0 && problems.length === before) {
    problems.push({
      file: folder,
      line: undefined,
      column: undefined,
      message: nothingFound(layout, hasIndex),
    });
  }
  for (const name of found.sort(compareByWalk)) {
    const path = join(folder, name);
    if (name === INDEX_NAME) problems.push({ ...wholeFile(path), message: INCLUDES_ITSELF });
    else if (![".yml", ".yaml", ".json", ""].includes(extname(name))) {
      problems.push({ ...wholeFile(path), message: UNKNOWN_EXTENSION });
    } else files.push(path);
    watched.push(path);
  }
}

function wholeFile(file: string): { file: string; line: undefined; column: undefined } {
  return { file, line: undefined, column: undefined };
}

const INCLUDES_ITSELF =
  `its patterns match ${INDEX_NAME} itself, which a server then rejects: use narrower patterns, or add ` +
  `exclude: ["${INDEX_NAME}"]`;
const UNKNOWN_EXTENSION =
  `${INDEX_NAME} includes this file, but servers read .yml, .yaml and .json files only: rename it, or exclude it`;

function nothingFound(layout: Layout, hasIndex: boolean): string {
  const v1 = "features.yml or *.features.yml";
  const v2 = "<namespace>/features.yml (or .yaml, .json)";
  if (layout === "v2") {
    return `no file in this folder is one that a v2 server reads: name one ${v2}, exactly one folder deep`;
  }
  if (hasIndex) return `no file in this folder matches ${INDEX_NAME}: check its patterns`;
  return layout === "v1"
    ? `no file in this folder is one that a v1 server reads: name one ${v1}, or list them in ${INDEX_NAME}`
    : `no features file in this folder: name one ${v1}, or ${v2}, or list them in ${INDEX_NAME}`;
}

/** Returns the files and folders in a folder, recursively, as paths with slashes. */
async function listFolder(root: string): Promise<{ readonly names: string[]; readonly folders: string[] }> {
  const names: string[] = [];
  const folders: string[] = [];
  const pending = [""];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    if (folder !== "") folders.push(join(root, folder));
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      // A link to a folder counts as a file: following it could lead into a cycle.
      if (!entry.isDirectory()) names.push(name);
      else if (!SKIPPED_FOLDERS.has(entry.name)) pending.push(name);
    }
    if (names.length + folders.length > MAX_ENTRIES) {
      throw new Error(`it contains more than ${MAX_ENTRIES} files: use a smaller folder`);
    }
  }
  return { names, folders };
}

const INDEX_MEMBERS = ["version", "include", "exclude"] as const;

/** Reads an index file as a server does: unknown members are ignored, and without `include` nothing is read. */
async function readIndex(file: string, findings: Findings): Promise<FileIndex> {
  const nothing: FileIndex = { include: [], exclude: [] };
  const read = await readTrees(file, findings);
  const tree = read?.trees[0];
  if (read === undefined) return nothing;
  const { problems } = read;
  if (tree?.kind !== "map") {
    if (tree !== undefined) {
      problems.add(tree.at, `${INDEX_NAME} must be an object with include: […], not ${describeNode(tree)}`);
    } else if (read.isEmpty) {
      problems.add(
        undefined,
        `${INDEX_NAME} is empty, which servers reject: add include: […], or remove the file`,
      );
    }
    return nothing;
  }
  warnOfIndex(tree, problems);
  const lists = INDEX_MEMBERS.slice(1).map((name) => patterns(tree, name, problems));
  return { include: lists[0] ?? [], exclude: lists[1] ?? [] };
}

function warnOfIndex(tree: MapNode, problems: FileProblems): void {
  for (const { key, at, value } of tree.entries) {
    if (!INDEX_MEMBERS.some((name) => name === key)) {
      const similar = suggestion(key, INDEX_MEMBERS);
      problems.warn(
        at,
        "unknown-member",
        `${INDEX_NAME} has no ${quoted(key)}, which servers ignore${similar}`,
      );
    } else if (key === "version" && value.kind === "scalar" && typeof value.value === "number") {
      problems.warn(
        value.at,
        "unquoted-version",
        `the version must be a string, not a number: put it in quotes, "${value.source}"`,
      );
    } else if (key === "version" && value.kind !== "scalar") {
      problems.add(
        value.at,
        `the version of ${INDEX_NAME} must be a string, not ${describeNode(value)}: write "1.0"`,
      );
    }
  }
}

function patterns(tree: MapNode, name: string, problems: FileProblems): Glob[] {
  const node: Node | undefined = tree.entries.find(({ key }) => key === name)?.value;
  if (node === undefined || (node.kind === "scalar" && node.value === null)) return [];
  if (node.kind !== "list") {
    problems.add(node.at, `${name} of ${INDEX_NAME} must be a list, not ${describeNode(node)}`);
    return [];
  }
  return node.items.flatMap((item) => {
    const placed = stringOf(item, `a pattern of ${name}`, problems);
    if (placed === undefined) return [];
    try {
      return [new Glob(placed.value)];
    } catch (error) {
      if (!(error instanceof GlobError)) throw error;
      problems.add(placed.at, `this pattern ${error.message}`);
      return [];
    }
  });
}
