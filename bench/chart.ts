// Draws results as an SVG for light and dark pages: for each workload the time of an evaluation by subject, on a
// logarithmic scale.

import { type Figure, figureOf, type Results, type RuntimeFigures, type WorkloadName } from "./figures.ts";
import { PARTS } from "./parts.ts";
import { type SubjectName, SUBJECTS, TITLES } from "./subjects/subject.ts";
import { numberText, runtimeTitle } from "./tables.ts";

/** The workloads in the chart: evaluations, which every subject supports. */
const CHART_ROWS: readonly {
  readonly workload: WorkloadName;
  readonly part: string;
  readonly title: string;
}[] = [
  { workload: "W1", part: "", title: "Variant flag, 3 rules" },
  { workload: "W2", part: "", title: "Boolean flag, threshold" },
  { workload: "W4", part: PARTS.hit, title: "List of 10,000 values" },
  { workload: "W6", part: "", title: "Context of 50 properties" },
];

const LABELS_WIDTH = 190;
const COLUMN_WIDTH = 250;
const COLUMN_GAP = 24;
const BAR_HEIGHT = 12;
const BAR_PITCH = 17;
const HEADING_HEIGHT = 30;

/** The colours for light and dark pages. The engines of this package stand out. */
const STYLE = `
  text { font: 11px system-ui, sans-serif; fill: #1f2328; }
  .heading { font-weight: 600; font-size: 12px; }
  .value { font-size: 10px; fill: #59636e; }
  .native { fill: #0969da; } .portable { fill: #54aeff; } .other { fill: #afb8c1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .value { fill: #9198a1; }
    .native { fill: #4493f8; } .portable { fill: #1f5fb8; } .other { fill: #59636e; }
  }`;

/** Returns the SVG. */
export function chart(results: Results): string {
  const rows = CHART_ROWS.filter(({ workload, part }) =>
    results.runtimes.some(({ figures }) =>
      figures.some((each) => each.workload === workload && each.part === part)
    )
  );
  const times = results.runtimes.flatMap(({ figures }) => figures.filter((figure) => isDrawn(figure)))
    .map(({ value }) => value ?? NaN);
  const least = 10 ** Math.floor(Math.log10(Math.min(...times)) - 0.3);
  const most = Math.max(...times);
  const scale = (value: number): number => Math.log(value / least) / Math.log(most / least);

  const parts: string[] = [];
  let y = HEADING_HEIGHT;
  for (const [column, runtime] of results.runtimes.entries()) {
    parts.push(text(columnStart(column), 18, "heading", runtimeTitle(runtime)));
  }
  for (const row of rows) {
    y += 14;
    parts.push(text(0, y, "heading", row.title));
    y += 8;
    for (const subject of SUBJECTS) {
      const values = results.runtimes.map(({ figures }) =>
        figureOf(figures, row.workload, row.part, subject)
      );
      if (values.every((value) => value === undefined)) continue;
      parts.push(text(8, y + BAR_HEIGHT - 2, "", TITLES[subject]));
      for (const [column, value] of values.entries()) {
        if (value === undefined) continue;
        const runtime = results.runtimes[column];
        const x = columnStart(column);
        const width = Math.max(1, scale(value) * (COLUMN_WIDTH - 64));
        parts.push(
          `<rect class="${styleOf(subject)}" x="${x}" y="${y}" width="${
            width.toFixed(1)
          }" height="${BAR_HEIGHT}" rx="2">` +
            `<title>${escapeXml(titleOf(runtime, row.title, subject, value))}</title></rect>`,
          text(x + width + 4, y + BAR_HEIGHT - 2, "value", timeText(value)),
        );
      }
      y += BAR_PITCH;
    }
    y += 10;
  }
  parts.push(
    text(
      0,
      y + 8,
      "value",
      "Time of one evaluation, on a logarithmic scale: shorter is faster, by more than it looks.",
    ),
  );
  const width = columnStart(results.runtimes.length) - COLUMN_GAP;
  const height = y + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" aria-label="Time of one evaluation by product, workload and runtime">`,
    `<style>${STYLE}\n</style>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function isDrawn({ workload, part, value }: Figure): boolean {
  return value !== undefined && CHART_ROWS.some((row) => row.workload === workload && row.part === part);
}

function columnStart(column: number): number {
  return LABELS_WIDTH + column * (COLUMN_WIDTH + COLUMN_GAP);
}

function styleOf(subject: SubjectName): string {
  return subject === "native" || subject === "portable" ? subject : "other";
}

function titleOf(
  runtime: RuntimeFigures | undefined,
  row: string,
  subject: SubjectName,
  value: number,
): string {
  return `${runtime === undefined ? "" : runtimeTitle(runtime)}, ${row}, ${TITLES[subject]}: ${
    timeText(value)
  }`;
}

function timeText(nanoseconds: number): string {
  if (nanoseconds >= 1e6) return `${numberText(nanoseconds / 1e6)} ms`;
  if (nanoseconds >= 1e3) return `${numberText(nanoseconds / 1e3)} µs`;
  return `${Math.round(nanoseconds)} ns`;
}

function text(x: number, y: number, style: string, content: string): string {
  const attribute = style === "" ? "" : ` class="${style}"`;
  return `<text${attribute} x="${x.toFixed(1)}" y="${y.toFixed(1)}">${escapeXml(content)}</text>`;
}

function escapeXml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
