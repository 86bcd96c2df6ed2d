// The mutants of the last run on this machine, so that those that survived, and are not explained, can be tried again with
// new tests, and only those.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Mutant, nameOf } from "./mutant.ts";
import { digestOf, readExplanations } from "./scores.ts";
import { WORK } from "./workspace.ts";

const LAST = join(WORK, "last.json");

/** The mutants by file, each with the digest of the file that they are of. */
type Last = Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;

function last(): Last {
  return existsSync(LAST) ? JSON.parse(readFileSync(LAST, "utf8")) as Last : {};
}

/** Keeps what came of a file's mutants. */
export function remember(file: string, mutants: readonly Mutant[]): void {
  writeFileSync(LAST, JSON.stringify({ ...last(), [file]: { source: digestOf(file), mutants } }));
}

/** Tries those again that survived unexplained; all, when the file is not the one that was mutated the last time. */
export function mutateAgain(
  file: string,
  mutate: (places: readonly string[] | undefined) => readonly Mutant[],
): readonly Mutant[] {
  const before = last()[file];
  if (before === undefined || before.source !== digestOf(file)) return mutate(undefined);
  const explained = new Set(readExplanations().flatMap((each) => each.file === file ? each.mutants : []));
  const open = before.mutants.filter((each) => each.fate === "survived" && !explained.has(nameOf(each)));
  const places = new Set(open.map(({ place }) => place));
  if (places.size === 0) return before.mutants;
  const again = Map.groupBy(mutate([...places]), ({ change, place }) => `${place} ${change}`);
  // Equal changes in one line are told apart by their order.
  return before.mutants.map((each) => again.get(`${each.place} ${each.change}`)?.shift() ?? each);
}
