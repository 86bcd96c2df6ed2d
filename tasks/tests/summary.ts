// What is told at the end of a test run: what was skipped and why, and what took longest.

import { tableLines } from "../table.ts";
import type { StageResult } from "./stages.ts";

/** Tests that were skipped for the same reason. */
interface SkippedGroup {
  readonly counts: Map<string, number>;
  readonly files: Set<string>;
}

/** A file by its path below `tests/`. */
function shortName(file: string): string {
  return file.replace(/^.*?tests\//, "").replace(/\.test\.\w+$/, "");
}

/** The skipped tests by reason: where one runs on another runtime, that is the reason. */
function skippedGroups(results: readonly StageResult[]): Map<string, SkippedGroup> {
  const key = (title: string, file: string, name: string): string =>
    [title.includes("TLS"), file, name].join("\0");
  const ranOn = new Map<string, Set<string>>();
  const reasons = new Map<string, string>();
  for (const { stage, files } of results) {
    for (const { file, cases } of files) {
      for (const { name, status, reason } of cases) {
        const id = key(stage.title, file, name);
        if (status !== "skipped") ranOn.set(id, (ranOn.get(id) ?? new Set()).add(stage.runtime));
        else if (reason !== undefined) reasons.set(id, reason);
      }
    }
  }
  const groups = new Map<string, SkippedGroup>();
  for (const { stage, files } of results) {
    for (const { file, cases } of files) {
      for (const { name } of cases.filter(({ status }) => status === "skipped")) {
        const id = key(stage.title, file, name);
        const runtimes = ranOn.get(id);
        const why = reasons.get(id) ??
          (runtimes === undefined ? "run it on Node to see why" : `runs on ${[...runtimes].join(" and ")}`);
        const group = groups.get(why) ?? { counts: new Map(), files: new Set() };
        groups.set(why, group);
        group.counts.set(stage.runtime, (group.counts.get(stage.runtime) ?? 0) + 1);
        group.files.add(shortName(file));
      }
    }
  }
  return groups;
}

/** The table of what was skipped; nothing where nothing was. */
export function skippedTable(results: readonly StageResult[]): string[] {
  const runtimes = [...new Set(results.map(({ stage }) => stage.runtime))];
  const groups = skippedGroups(results);
  if (groups.size === 0) return [];
  const rows = [...groups].map(([why, { counts, files }]) => {
    const [first = "", ...others] = files;
    return [
      why,
      ...runtimes.map((runtime) => String(counts.get(runtime) ?? "-")),
      others.length === 0 ? first : `${first} and ${others.length} more`,
    ];
  });
  return tableLines([
    { title: "skipped, since" },
    ...runtimes.map((title) => ({ title, align: "right" } as const)),
    { title: "tests" },
  ], rows);
}

/** The files that took longest. */
export function slowestTable(results: readonly StageResult[], most: number): string[] {
  const runs = results.flatMap(({ stage, files }) => files.map((file) => ({ stage, ...file })));
  const rows = runs.sort((a, b) => b.seconds - a.seconds).slice(0, most)
    .map(({ stage, file, seconds }) => [seconds.toFixed(1), shortName(file) || "cargo test", stage.title]);
  return tableLines([{ title: "seconds", align: "right" }, { title: "slowest" }, { title: "on" }], rows);
}
