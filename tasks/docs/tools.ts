// The tools that users have, as `deno task test:tools --record` found them.

import type { Row } from "../tools/matrix.ts";
import { readResults } from "../tools/results.ts";
import { table } from "./markdown.ts";

/** Every tool, its programs together where the same is to be written and the same works. */
export function toolTable(): string {
  const rows = Object.values(readResults()).flatMap(({ title, version, rows }) =>
    [...Map.groupBy(rows, outcomeOf).values()].map((group) => {
      const [first] = group;
      return [
        `${title} ${version}`,
        distinct(group.map(({ program }) => program)).join("; "),
        distinct(group.map(({ runsOn }) => runsOn)).join(", "),
        first?.engine ?? "",
        first?.problem === undefined ? first?.works.join(", ") ?? "" : "does NOT work",
        first?.needs ?? "nothing",
      ];
    })
  );
  return table(["tool", "programs", "on", "engine", "what works", "what to write"], rows);
}

/** Returns what programs have in common that share a row. */
function outcomeOf({ engine, works, needs, problem }: Row): string {
  return JSON.stringify([engine, works, needs, problem]);
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
