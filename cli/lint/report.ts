// The findings of lint as text for people, as JSON, and as commands of GitHub's workflows. SARIF is in sarif.ts.

import { printable, style } from "../output.ts";
import type { Style } from "../output.ts";
import type { Output } from "../io.ts";
import { pageOf } from "./file_warnings.ts";
import type { LocatedFinding } from "./finding.ts";
import { placeText } from "./finding.ts";
import type { Level } from "./rule.ts";

const LOOKS: Readonly<Record<Level, Style>> = { error: "red", warning: "yellow", note: "cyan" };
/** The commands of GitHub's workflows. */
const COMMANDS: Readonly<Record<Level, string>> = { error: "error", warning: "warning", note: "notice" };

/** A line of text: `features.yml:12:7: warning: … [never-matches]`. */
export function textLine(output: Output, finding: LocatedFinding): string {
  const { source, line, column, level, message, rule } = finding;
  const place = line === undefined
    ? [source, placeText(finding.place)].filter((part) => part !== "").join(": ")
    : `${source}:${line}:${column}`;
  return `${printable(place)}: ${style(output, LOOKS[level], level)}: ${printable(message)} ${
    style(output, "dim", `[${rule}]`)
  }`;
}

/** A finding as JSON. */
export function jsonFinding(finding: LocatedFinding): Record<string, unknown> {
  const { rule, level, message, source, isFile, namespace, line, column, place, answers } = finding;
  const { index: _, ...names } = place;
  const page = pageOf(rule);
  const where = isFile ? { file: source, line, column } : { source };
  return { rule, level, message, ...where, namespace, place: names, answers, page };
}

/** A command that shows a finding beside the lines of a pull request. */
export function githubLine(
  { source, isFile, line, column, level, message, rule, place }: LocatedFinding,
): string {
  const properties: readonly (readonly [string, string | undefined])[] = [
    ["file", isFile ? source : undefined],
    ["line", line?.toString()],
    ["col", column?.toString()],
    ["title", rule],
  ];
  const told = properties.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${property(value)}`]
  );
  const where = placeText(place);
  const text = isFile || where === "" ? message : `${where}: ${message}`;
  return `::${COMMANDS[level]} ${told.join(",")}::${data(text)}`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
