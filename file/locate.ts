// Finds features files: those that are named, and in folders those that Flipt would find.

import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ensureFilePermission } from "../ffi/permissions_deno.ts";
import { globPattern } from "./glob.ts";
import { membersOf, stringOf } from "./members.ts";
import type { Members } from "./members.ts";
import { unreadableProblem } from "./problems.ts";
import type { FeaturesProblem, FileProblems } from "./problems.ts";
import { readTrees } from "./text.ts";

/** The result of a search. */
export interface Located {
  /** The features files, in the order in which they are read. */
  readonly files: readonly string[];
  /** All paths that affect the result: these files, the folders and their index files. */
  readonly watched: readonly string[];
}

/** The index file of a folder, with patterns for its features files. */
const INDEX_NAME = ".flipt.yml";

/** The names of features files in a folder without an index. */
const DEFAULT_PATTERNS: readonly RegExp[] = ["yaml", "yml", "json"].flatMap((ending) => [
  globPattern(`**/features.${ending}`),
  globPattern(`**/*.features.${ending}`),
]);

/** How many files and folders a folder may contain. */
const MAX_ENTRIES = 100_000;

/** Finds the features files of `paths`. A path that does not exist, or a folder without such files, is a problem. */
export async function locate(paths: readonly string[], problems: FeaturesProblem[]): Promise<Located> {
  const files: string[] = [];
  const watched: string[] = [];
  for (const path of paths) {
    try {
      await ensureFilePermission("read", path);
      watched.push(path);
      if (!(await stat(path)).isDirectory()) files.push(path);
      else await addFolder(path, files, watched, problems);
    } catch (error) {
      problems.push(unreadableProblem(path, error));
    }
  }
  return { files: [...new Set(files)], watched: [...new Set(watched)] };
}

async function addFolder(
  folder: string,
  files: string[],
  watched: string[],
  problems: FeaturesProblem[],
): Promise<void> {
  const { names, folders } = await listFolder(folder);
  watched.push(...folders);
  const index = join(folder, INDEX_NAME);
  const hasIndex = names.includes(INDEX_NAME);
  if (hasIndex) watched.push(index);
  const { include, exclude } = hasIndex
    ? await readIndex(index, problems)
    : { include: DEFAULT_PATTERNS, exclude: [] };
  const matches = (name: string, patterns: readonly RegExp[]): boolean =>
    patterns.some((each) => each.test(name));
  const found = names.filter((name) =>
    name !== INDEX_NAME && matches(name, include) && !matches(name, exclude)
  );
  if (found.length === 0 && problems.length === 0) {
    const message = hasIndex
      ? `no file in this folder matches ${INDEX_NAME}: check its patterns`
      : `no features file in this folder: name one features.yml or *.features.yml, or list them in ${INDEX_NAME}`;
    problems.push({ file: folder, line: undefined, column: undefined, message });
  }
  for (const name of found.sort()) {
    files.push(join(folder, name));
    watched.push(join(folder, name));
  }
}

/**
 * Returns the files and folders in a folder, recursively, as paths with slashes. Skips hidden folders and
 * `node_modules`.
 */
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
      else if (!entry.name.startsWith(".") && basename(entry.name) !== "node_modules") pending.push(name);
    }
    if (names.length + folders.length > MAX_ENTRIES) {
      throw new Error(`it contains more than ${MAX_ENTRIES} files: use a smaller folder`);
    }
  }
  return { names, folders };
}

interface Index {
  readonly include: readonly RegExp[];
  readonly exclude: readonly RegExp[];
}

async function readIndex(file: string, problems: FeaturesProblem[]): Promise<Index> {
  const index = { include: DEFAULT_PATTERNS, exclude: [] as readonly RegExp[] };
  const read = await readTrees(file, problems);
  const tree = read?.trees[0];
  if (read === undefined || tree === undefined) return index;
  const members = membersOf(tree, INDEX_NAME, ["version", "include", "exclude"], read.problems);
  if (members === undefined) return index;
  if (members.has("version") && members.string("version") !== "1.0") {
    read.problems.add(members.placeOf("version"), `the version of ${INDEX_NAME} must be "1.0"`);
  }
  if (members.has("include")) index.include = patterns(members, "include", read.problems);
  index.exclude = patterns(members, "exclude", read.problems);
  return index;
}

function patterns(members: Members, name: string, problems: FileProblems): RegExp[] {
  return members.list(name).flatMap((node) => {
    const placed = stringOf(node, `a pattern of ${name}`, problems);
    if (placed === undefined) return [];
    try {
      return [globPattern(placed.value)];
    } catch {
      problems.add(
        placed.at,
        "not a valid file name pattern, such as **/*.features.yml: check its brackets",
      );
      return [];
    }
  });
}
