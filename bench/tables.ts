// Formats results: a table per workload, and the table of the goals.

import { titleOf } from "../tasks/runtimes.ts";
import { type Column, tableLines } from "../tasks/table.ts";
import { type Figure, type Results, type RuntimeFigures, WORKLOADS } from "./figures.ts";
import { GOALS, isMet } from "./goals.ts";
import { SUBJECTS, TITLES } from "./subjects/subject.ts";
import { ALL } from "./workloads/mod.ts";

/** Returns the name and version of a runtime. */
export function runtimeTitle({ runtime, version }: Pick<RuntimeFigures, "runtime" | "version">): string {
  return titleOf({ name: runtime, version });
}

/** Returns the lines of all tables. */
export function resultLines(results: Results): string[] {
  const lines = [`${results.machine}, ${results.date.slice(0, 10)}`];
  if (results.isQuick) lines.push("A quick run: a smoke test whose numbers are meaningless.");
  for (const name of WORKLOADS) {
    const title = ALL.find((each) => each.name === name)?.title ?? "";
    if (!results.runtimes.some(({ figures }) => figures.some(({ workload }) => workload === name))) continue;
    lines.push("", `${name}  ${title}`, ...workloadLines(results, name));
  }
  lines.push("", "Goals (medians and ratios of medians from this run)", ...goalLines(results));
  return lines;
}

/** Returns the table of one workload: a row per part and subject, a column per runtime. */
function workloadLines({ runtimes }: Results, name: string): string[] {
  const all = runtimes.flatMap(({ figures }) => figures.filter(({ workload }) => workload === name));
  const parts = [...new Set(all.map(({ part }) => part))];
  const hasRatios = all.some(({ unit }) => unit !== "MB");
  const columns: Column[] = [{ title: "" }];
  for (const runtime of runtimes) {
    columns.push({ title: runtimeTitle(runtime), align: "right" });
    if (hasRatios) {
      columns.push({ title: "of native", align: "right" }, { title: "of portable", align: "right" });
    }
  }
  const rows: string[][] = [];
  const notes = new Set<string>();
  for (const part of parts) {
    for (const subject of SUBJECTS) {
      const find = ({ figures }: RuntimeFigures, who: string): Figure | undefined =>
        figures.find((each) => each.workload === name && each.part === part && each.subject === who);
      if (!runtimes.some((runtime) => find(runtime, subject) !== undefined)) continue;
      const row = [`  ${TITLES[subject]}${part === "" ? "" : `: ${part}`}`];
      for (const runtime of runtimes) {
        const figure = find(runtime, subject);
        row.push(valueText(figure));
        if (hasRatios) {
          for (const own of ["native", "portable"]) {
            row.push(subject === own ? "" : ratioText(figure?.value, find(runtime, own)?.value));
          }
        }
        if (figure?.value !== undefined && figure.note !== undefined) {
          notes.add(`  ${TITLES[subject]}, ${runtimeTitle(runtime)}: ${figure.note}`);
        }
      }
      rows.push(row);
    }
  }
  return [...tableLines(columns, rows), ...notes];
}

function valueText(figure: Figure | undefined): string {
  if (figure === undefined) return "-";
  return figure.value === undefined ? figure.note ?? "-" : `${numberText(figure.value)} ${figure.unit}`;
}

function ratioText(numerator: number | undefined, denominator: number | undefined): string {
  if (numerator === undefined || denominator === undefined || denominator <= 0) return "";
  return `${numberText(numerator / denominator)}x`;
}

/** Returns a number with about three significant digits. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function goalLines({ runtimes }: Results): string[] {
  const columns: Column[] = [{ title: "" }, { title: "goal" }];
  for (const runtime of runtimes) {
    columns.push({ title: "target", align: "right" }, { title: runtimeTitle(runtime) });
  }
  const rows: string[][] = [];
  for (const goal of GOALS) {
    const actual = runtimes.map(({ figures }) => goal.actual(figures));
    if (actual.every((value) => value === undefined)) continue;
    const row = [`  ${goal.workload}`, `${goal.title}, ${goal.bound}`];
    for (const [index, { runtime }] of runtimes.entries()) {
      const value = actual[index];
      row.push(`${goal.target(runtime)}${goal.unit}`);
      if (value === undefined) row.push("-");
      else row.push(`${numberText(value)}${goal.unit} ${isMet(goal, value, runtime) ? "met" : "NOT MET"}`);
    }
    rows.push(row);
  }
  return tableLines(columns, rows);
}
