// Finds the files of flags: those that are named, and in folders those that Flipt would find there.

import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ensureFilePermission } from "../ffi/permissions_deno.ts";
import { globPattern } from "./glob.ts";
import { membersOf, textOf } from "./members.ts";
import type { Members } from "./members.ts";
import { unreadable } from "./problems.ts";
import type { FeaturesProblem, FileProblems } from "./problems.ts";
import { readTrees } from "./text.ts";

/** What was found. */
export interface Located {
  /** The files of flags, in the order in which they are read. */
  readonly files: readonly string[];
  /** Everything that decides on what is found: these files, the folders, their index files. */
  readonly watched: readonly string[];
}

/** The file of a folder that says which of its files are files of flags. */
const indexName = ".flipt.yml";

/** What files of flags are called where no index says so. */
const defaultPatterns: readonly RegExp[] = ["yaml", "yml", "json"].flatMap((ending) => [
  globPattern(`**/features.${ending}`),
  globPattern(`**/*.features.${ending}`),
]);

/** How many files and folders a folder may have in it. */
const mostEntries = 100_000;

/** Finds the files behind `paths`. What is not there, or is a folder without such files, is a problem. */
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
      problems.push(unreadable(path, error));
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
  const index = join(folder, indexName);
  const hasIndex = names.includes(indexName);
  if (hasIndex) watched.push(index);
  const { include, exclude } = hasIndex
    ? await readIndex(index, problems)
    : { include: defaultPatterns, exclude: [] };
  const matches = (name: string, patterns: readonly RegExp[]): boolean =>
    patterns.some((each) => each.test(name));
  const found = names.filter((name) =>
    name !== indexName && matches(name, include) && !matches(name, exclude)
  );
  if (found.length === 0 && problems.length === 0) {
    const message = hasIndex
      ? `no file of this folder is one that ${indexName} includes: check its patterns`
      : `there is no file of flags in this folder: call one features.yml, or *.features.yml, or list them in ${indexName}`;
    problems.push({ file: folder, line: undefined, column: undefined, message });
  }
  for (const name of found.sort()) {
    files.push(join(folder, name));
    watched.push(join(folder, name));
  }
}

/** The files of a folder and of those in it, as paths with slashes; hidden folders are left out. */
async function listFolder(root: string): Promise<{ readonly names: string[]; readonly folders: string[] }> {
  const names: string[] = [];
  const folders: string[] = [];
  const waiting = [""];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (folder !== "") folders.push(join(root, folder));
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      // A folder that links point to may be one that holds it.
      if (!entry.isDirectory()) names.push(name);
      else if (!entry.name.startsWith(".") && basename(entry.name) !== "node_modules") waiting.push(name);
    }
    if (names.length + folders.length > mostEntries) {
      throw new Error(`it has more than ${mostEntries} files in it: name a folder with less in it`);
    }
  }
  return { names, folders };
}

interface Index {
  readonly include: readonly RegExp[];
  readonly exclude: readonly RegExp[];
}

async function readIndex(file: string, problems: FeaturesProblem[]): Promise<Index> {
  const index = { include: defaultPatterns, exclude: [] as readonly RegExp[] };
  const read = await readTrees(file, problems);
  const tree = read?.trees[0];
  if (read === undefined || tree === undefined) return index;
  const members = membersOf(tree, indexName, ["version", "include", "exclude"], read.problems);
  if (members === undefined) return index;
  if (members.has("version") && members.text("version") !== "1.0") {
    read.problems.add(members.placeOf("version"), `the version of ${indexName} must be "1.0"`);
  }
  if (members.has("include")) index.include = patterns(members, "include", read.problems);
  index.exclude = patterns(members, "exclude", read.problems);
  return index;
}

function patterns(members: Members, name: string, problems: FileProblems): RegExp[] {
  return members.list(name).flatMap((node) => {
    const placed = textOf(node, `a pattern of ${name}`, problems);
    if (placed === undefined) return [];
    try {
      return [globPattern(placed.text)];
    } catch {
      problems.add(
        placed.at,
        "this is no pattern of file names, such as **/*.features.yml: check its brackets",
      );
      return [];
    }
  });
}
