// Formats findings as text, JSON and GitHub workflow commands. SARIF is in sarif.ts.

import { printable, style } from "../output.ts";
import type { Style } from "../output.ts";
import type { Output } from "../io.ts";
import { pageOf } from "./file_warnings.ts";
import type { LocatedFinding } from "./finding.ts";
import { placeText } from "./finding.ts";
import type { Level } from "./rule.ts";

const STYLES: Readonly<Record<Level, Style>> = { error: "red", warning: "yellow", note: "cyan" };
/** GitHub's workflow commands. */
const GITHUB_COMMANDS: Readonly<Record<Level, string>> = {
  error: "error",
  warning: "warning",
  note: "notice",
};

/** Returns a finding on one line: `features.yml:12:7: warning: … [never-matches]`. */
export function textLine(output: Output, finding: LocatedFinding): string {
  const { source, line, column, level, message, rule } = finding;
  const place = line === undefined
    ? [source, placeText(finding.place)].filter((part) => part !== "").join(": ")
    : `${source}:${line}:${column}`;
  return `${printable(place)}: ${style(output, STYLES[level], level)}: ${printable(message)} ${
    style(output, "dim", `[${rule}]`)
  }`;
}

/** Returns a finding as a JSON object. */
export function jsonFinding(finding: LocatedFinding): Record<string, unknown> {
  const { rule, level, message, source, isFile, namespace, line, column, place, answers } = finding;
  const { index: _, ...names } = place;
  const page = pageOf(rule);
  const where = isFile ? { file: source, line, column } : { source };
  return { rule, level, message, ...where, namespace, place: names, answers, page };
}

/** Returns a GitHub workflow command, which annotates the lines of a pull request with the finding. */
export function githubLine(
  { source, isFile, line, column, level, message, rule, place }: LocatedFinding,
): string {
  const properties: readonly (readonly [string, string | undefined])[] = [
    ["file", isFile ? source : undefined],
    ["line", line?.toString()],
    ["col", column?.toString()],
    ["title", rule],
  ];
  const parts = properties.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escapeProperty(value)}`]
  );
  const where = placeText(place);
  const text = isFile || where === "" ? message : `${where}: ${message}`;
  return `::${GITHUB_COMMANDS[level]} ${parts.join(",")}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
