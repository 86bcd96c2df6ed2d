// The findings of lint, with their positions in files.

import type { FeaturesProblem } from "../../file/problems.ts";
import type { Place } from "./rule.ts";
import type { Finding } from "./rules.ts";

/** The rule for invalid files. */
export const INVALID_FILE = {
  id: "invalid-file",
  level: "error",
  finds: "a file, or a part of it, that is invalid; other findings in it may be incomplete",
} as const;

/** A finding and its position. */
export interface LocatedFinding extends Finding {
  /** The file, or the source of the flags. */
  readonly source: string;
  /** Whether `source` is a file. */
  readonly isFile: boolean;
  /** The namespace; `undefined` for a whole file. */
  readonly namespace: string | undefined;
  /** The line of the file, from 1. */
  readonly line: number | undefined;
  /** The column, from 1, in UTF-16 units. */
  readonly column: number | undefined;
}

/** A position in a file. */
export interface Position {
  /** The file. */
  readonly file: string;
  /** The line, from 1. */
  readonly line: number;
  /** The column, from 1. */
  readonly column: number;
}

/** Returns the position of a place. */
export type Locator = (place: Place) => Position | undefined;

/** Returns findings with their positions. */
export function located(
  findings: readonly Finding[],
  source: string,
  isFile: boolean,
  namespace: string,
  locate: Locator,
): LocatedFinding[] {
  return findings.map((finding) => {
    const { file = source, line, column } = locate(finding.place) ?? {};
    return { ...finding, source: file, isFile, namespace, line, column };
  });
}

/** Returns the problems of invalid files as findings. */
export function problemFindings(problems: readonly FeaturesProblem[]): LocatedFinding[] {
  return problems.map(({ file, line, column, message }) => ({
    rule: INVALID_FILE.id,
    level: INVALID_FILE.level,
    place: {},
    message,
    source: file,
    isFile: true,
    namespace: undefined,
    line,
    column,
  }));
}

/** Sorts findings by file and position. Those without a line come first. */
export function inOrder(findings: readonly LocatedFinding[]): LocatedFinding[] {
  const sources = [...new Set(findings.map(({ source }) => source))];
  return findings.toSorted((a, b) =>
    sources.indexOf(a.source) - sources.indexOf(b.source) || (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0)
  );
}

/** Returns a place as text, such as `flag checkout-flow, rule 2`. */
export function placeText(
  { flag, variant, rule, rollout, distribution, segment, constraint }: Place,
): string {
  const number = (what: string, value: number | undefined): string[] =>
    value === undefined ? [] : [`${what} ${value + 1}`];
  const name = (what: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`${what} ${value}`];
  return [
    ...name("flag", flag),
    ...name("variant", variant),
    ...number("rule", rule),
    ...number("rollout", rollout),
    ...number("distribution", distribution),
    ...name("segment", segment),
    ...number("constraint", constraint),
  ].join(", ");
}
