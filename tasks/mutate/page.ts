// The page about the mutants: how the score counts, the tables, and what survived.

import {
  type Counts,
  countsOf,
  type Explanation,
  percentageOf,
  roomOf,
  type Scores,
  unexplained,
} from "./scores.ts";

/** The cells of a row. */
function row(name: string, counts: Counts, measured: string): readonly string[] {
  const { killed, explained, survived } = counts;
  const percentage = `${percentageOf(counts).toFixed(1)} %`;
  return [
    name,
    ...[killed + explained + survived, killed, explained, survived].map(String),
    percentage,
    measured,
  ];
}

/** A table of Markdown, in the form that the formatter wants: the first and the last column are text, the others numbers. */
function table(title: string, rows: readonly (readonly string[])[]): string[] {
  const head = [title, "mutants", "killed", "explained", "survived", "score", "measured"];
  const isText = (column: number): boolean => column === 0 || column === head.length - 1;
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => (cells[column] ?? "").length))
  );
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isText(column) ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, column) =>
    isText(column) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
  );
  return ["", line(head), line(rule), ...rows.map(line)];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `## ${title}`, "", "```text", ...lines, "```"];
}

/** The page. `planned` are all files that are mutated. */
export function pageOf(
  scores: Scores,
  explanations: readonly Explanation[],
  planned: readonly string[],
): string {
  const measured = planned.filter((file) => scores[file]);
  const rooms = Object.entries(Object.groupBy(measured, roomOf));
  const counts = (files: readonly string[] = []): Counts => countsOf(files, scores, explanations);
  const survivors = Object.entries(scores).flatMap(([file, score]) =>
    unexplained(file, score, explanations).map((name) => `${file}: ${name}`)
  );
  const lines = [
    "# Mutation testing",
    "",
    "`deno task mutate` changes what decides answers and freshness, one small change at a time, and runs the tests",
    "that should notice. StrykerJS makes the changes to TypeScript, cargo-mutants those to the crate. A change that",
    "no test notices has survived: then a test is missing, or the change is one that nobody could notice, and",
    "`tests/mutation/explained.json` says why. An explanation that fits no survivor any more fails the task.",
    "",
    "The score is killed / (killed + survived): explained mutants count on neither side. A mutant with which the",
    "tests hang, crash or do not start is killed; one of Rust that does not compile is no mutant.",
    ...table("room", [
      ...rooms.map(([room, files]) => row(`\`${room}\``, counts(files), "")),
      row("all", counts(measured), ""),
    ]),
    ...table(
      "file",
      measured.map((file) => row(`\`${file}\``, counts([file]), scores[file]?.measured ?? "")),
    ),
    ...section("Not measured yet", planned.filter((file) => !scores[file])),
    ...section("Survivors", survivors),
    ...section(
      "Explained",
      explanations.map(({ file, why, mutants }) => `${file} (${mutants.length}): ${why}`),
    ),
  ];
  return `${lines.join("\n")}\n`;
}
