// Draws results as an SVG for light and dark pages, as wide as a phone: how long an evaluation of a service's mix takes, by
// runtime and product, on a logarithmic scale.

import { figureOf, type Results } from "./figures.ts";
import { type SubjectName, SUBJECTS, TITLES } from "./subjects/subject.ts";
import { numberText, runtimeTitle } from "./tables.ts";

/** The workload that is drawn, and what the chart is called. */
const WORKLOAD = "W15";
const TITLE = "One evaluation in a service";

/** The subject that the factors refer to. */
const BASE: SubjectName = "native";

const LABELS: Readonly<Partial<Record<SubjectName, string>>> = {
  native: "this package, native",
  portable: "this package, portable",
  floor: "written by hand",
};

/** The ticks, in nanoseconds. The first and the last are the ends of the scale. */
const TICKS = [
  { value: 1e2, title: "100 ns" },
  { value: 1e3, title: "1 µs" },
  { value: 1e4, title: "10 µs" },
  { value: 1e5, title: "100 µs" },
] as const;

const WIDTH = 400;
const PLOT_LEFT = 186;
const PLOT_RIGHT = 346;
const PITCH = 18;

/** The colours for light and dark pages. The engines of this package stand out. */
const STYLE = `
  text { font: 11px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 14px; } .heading { font-weight: 600; font-size: 12px; }
  .note, .tick { font-size: 10px; fill: #59636e; } .tick { text-anchor: middle; }
  line { stroke: #d1d9e0; } .bar { stroke-width: 6; }
  .native { fill: #0969da; stroke: #0969da; } .portable { fill: #54aeff; stroke: #54aeff; }
  .other { fill: #818b98; stroke: #818b98; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .note, .tick { fill: #9198a1; } line { stroke: #3d444d; }
    .native { fill: #4493f8; stroke: #4493f8; } .portable { fill: #1f5fb8; stroke: #1f5fb8; }
    .other { fill: #9198a1; stroke: #9198a1; }
  }`;

/** Returns the SVG. */
export function chart(results: Results): string {
  const parts: string[] = [
    text(0, 16, "title", TITLE),
    text(0, 32, "note", "200 flags, contexts made anew. Each line of the scale is ten times the one"),
    text(
      0,
      45,
      "note",
      "before. A bar begins at the time of the native engine, and ends with its factor.",
    ),
  ];
  let y = 58;
  for (const runtime of results.runtimes) {
    const base = figureOf(runtime.figures, WORKLOAD, "", BASE);
    if (base === undefined) continue;
    y += 14;
    parts.push(text(0, y, "heading", runtimeTitle(runtime)));
    for (const { value, title } of TICKS) parts.push(text(positionOf(value), y, "tick", title));
    const top = y + 5;
    const rows: string[] = [];
    for (const subject of SUBJECTS) {
      const value = figureOf(runtime.figures, WORKLOAD, "", subject);
      if (value === undefined) continue;
      y += PITCH;
      rows.push(...row(subject, y, value, base, runtimeTitle(runtime)));
    }
    parts.push(
      ...TICKS.map(({ value }) => line("", positionOf(value), top, positionOf(value), y + 5)),
      ...rows,
    );
    y += 18;
  }
  const height = y;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" ` +
    `height="${height}" role="img" aria-label="${TITLE}, by product and runtime">`,
    `<style>${STYLE}\n</style>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function row(subject: SubjectName, y: number, value: number, base: number, runtime: string): string[] {
  const style = subject === "native" || subject === "portable" ? subject : "other";
  const name = LABELS[subject] ?? TITLES[subject];
  const x = positionOf(value);
  const factor = `${numberText(value / base)}x`;
  const end = subject === BASE ? timeText(value) : factor;
  return [
    text(0, y, "", name),
    `<g><title>${escapeXml(`${runtime}, ${name}: ${timeText(value)}, ${factor}`)}</title>`,
    line(`bar ${style}`, positionOf(base), y - 4, x, y - 4),
    `<circle class="${style}" cx="${x.toFixed(1)}" cy="${y - 4}" r="4"/></g>`,
    text(Math.max(x, positionOf(base)) + 8, y, "", end),
  ];
}

/** Returns where a time is on the scale. What is beyond its ends stands at them. */
function positionOf(nanoseconds: number): number {
  const [first, last] = [TICKS[0].value, TICKS[TICKS.length - 1]?.value ?? NaN];
  const share = Math.log(nanoseconds / first) / Math.log(last / first);
  return PLOT_LEFT + Math.min(1, Math.max(0, share)) * (PLOT_RIGHT - PLOT_LEFT);
}

function timeText(nanoseconds: number): string {
  return nanoseconds >= 1e3 ? `${numberText(nanoseconds / 1e3)} µs` : `${Math.round(nanoseconds)} ns`;
}

function line(style: string, x1: number, y1: number, x2: number, y2: number): string {
  const attribute = style === "" ? "" : ` class="${style}"`;
  return `<line${attribute} x1="${x1.toFixed(1)}" y1="${y1}" x2="${x2.toFixed(1)}" y2="${y2}"/>`;
}

function text(x: number, y: number, style: string, content: string): string {
  const attribute = style === "" ? "" : ` class="${style}"`;
  return `<text${attribute} x="${x.toFixed(1)}" y="${y}">${escapeXml(content)}</text>`;
}

function escapeXml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
