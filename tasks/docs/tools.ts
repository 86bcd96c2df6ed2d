// The tools that users have, as `deno task test:tools --record` found them.

import { readResults } from "../tools/results.ts";
import { table } from "./markdown.ts";

/** Every program of every tool. */
export function toolTable(): string {
  const rows = Object.values(readResults()).flatMap(({ title, version, rows }) =>
    rows.map(({ program, runsOn, engine, works, needs, problem }) => [
      `${title} ${version}`,
      program,
      runsOn,
      engine,
      problem === undefined ? works.join(", ") : "does NOT work",
      needs ?? "nothing",
    ])
  );
  return table(["tool", "program", "on", "engine", "what works", "what to write"], rows);
}
