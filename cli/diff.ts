// Compares two flag states flag by flag, and prints the differences.

import type { DocumentFlag, FlagDocument } from "../engines/document.ts";
import type { Output } from "./io.ts";
import { printable, printLine, style } from "./output.ts";

/** A part of a flag that differs. An absent part has no value. */
export interface Difference {
  /** Its path, such as `rules[0].segments[staff].matchType`. */
  readonly path: string;
  /** The old value. */
  readonly before?: unknown;
  /** The new value. */
  readonly after?: unknown;
}

/** A flag that differs. */
export interface FlagChange {
  /** The key of the flag. */
  readonly key: string;
  /** What happened to it. */
  readonly change: "added" | "removed" | "changed";
  /** What differs; empty for a flag that was added or removed. */
  readonly differences: readonly Difference[];
}

/** Returns the flags that differ, sorted by key. */
export function changesBetween(before: FlagDocument, after: FlagDocument): FlagChange[] {
  const old = byKey(before.flags);
  const now = byKey(after.flags);
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  return keys.flatMap((key): FlagChange[] => {
    const a = old.get(key);
    const b = now.get(key);
    if (a === undefined) return [{ key, change: "added", differences: [] }];
    if (b === undefined) return [{ key, change: "removed", differences: [] }];
    const differences = [...differencesOf(a, b, "")];
    return differences.length === 0 ? [] : [{ key, change: "changed", differences }];
  });
}

/** Prints the differences, one line each. */
export function printChanges(output: Output, changes: readonly FlagChange[]): void {
  const looks = { added: ["green", "+"], removed: ["red", "-"], changed: ["yellow", "~"] } as const;
  for (const { key, change, differences } of changes) {
    const [look, sign] = looks[change];
    printLine(output, style(output, look, `${sign} ${printable(key)}`));
    for (const { path, before, after } of differences) {
      printLine(
        output,
        `    ${style(output, "dim", printable(path))}  ${valueText(before)} -> ${valueText(after)}`,
      );
    }
  }
}

function byKey(flags: readonly DocumentFlag[]): Map<string, DocumentFlag> {
  return new Map(flags.map((flag) => [flag.key, flag]));
}

/** Longer values are truncated. */
const MAX_VALUE_CHARS = 120;

function valueText(value: unknown): string {
  if (value === undefined) return "(none)";
  const text = printable(JSON.stringify(value) ?? "");
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS - 1)}…` : text;
}

// Members that never affect an answer. A server may also generate new ids for the same flags.
const IGNORED_MEMBERS: ReadonlySet<string> = new Set(["name", "id"]);

function* differencesOf(before: unknown, after: unknown, path: string): Generator<Difference> {
  if (Object.is(before, after)) return;
  if (isAbsent(before) && isAbsent(after)) return;
  const members = membersOf(before, after);
  if (members === undefined) {
    yield {
      path: path.replace(/^\./, ""),
      ...(!isAbsent(before) && { before }),
      ...(!isAbsent(after) && { after }),
    };
    return;
  }
  const [a, b] = members;
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    if (IGNORED_MEMBERS.has(name)) continue;
    const step = Array.isArray(before) ? `[${name}]` : `.${name}`;
    yield* differencesOf(a.get(name), b.get(name), path + step);
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

type Members = ReadonlyMap<string, unknown>;

/** Returns the members of two objects or two lists by name, or `undefined` for anything else. */
function membersOf(before: unknown, after: unknown): readonly [Members, Members] | undefined {
  if (Array.isArray(before) && Array.isArray(after)) {
    const a = namesIn(before);
    const b = namesIn(after);
    // Members with unique keys are compared by key, so that a change of order is not a difference of each.
    return a === undefined || b === undefined ? [numbered(before), numbered(after)] : [
      new Map(before.map((member, index) => [a[index] ?? "", member])),
      new Map(
        after.map((member, index) => [b[index] ?? "", member]),
      ),
    ];
  }
  const areObjects = [before, after].every((value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
  );
  if (!areObjects) return undefined;
  return [new Map(Object.entries(before as object)), new Map(Object.entries(after as object))];
}

function numbered(list: readonly unknown[]): Members {
  return new Map(list.map((member, index) => [String(index), member]));
}

/** Returns the key of each member, or `undefined` unless every member has a unique one. */
function namesIn(list: readonly unknown[]): string[] | undefined {
  const names = list.map((member) => {
    const { key, variantKey } = (member ?? {}) as { readonly key?: unknown; readonly variantKey?: unknown };
    return key ?? variantKey;
  });
  if (new Set(names).size !== names.length) return undefined;
  return names.every((name) => typeof name === "string") ? names : undefined;
}
