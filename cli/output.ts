// Prints text, JSON and tables: colours, alignment, and control characters escaped.

import type { Output } from "./io.ts";

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** A text style. */
export type Style = keyof typeof STYLES;

/** Returns the text in a style, if the output supports styles. */
export function style(output: Output, name: Style, text: string): string {
  return output.styled && text !== "" ? `\u001b[${STYLES[name]}m${text}\u001b[0m` : text;
}

/** Returns untrusted text with its control characters escaped, so that it cannot move the cursor or fake a line. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, unicodeEscape);
}

/** Returns the escape sequence of a UTF-16 unit, such as `\u001b`. */
export function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Prints a line. Untrusted text in it must be `printable`. */
export function printLine(output: Output, text: string = ""): void {
  output.write(`${text}\n`);
}

/** Prints a value as JSON: indented, or on one line if `compact`. */
export function printJson(output: Output, value: unknown, compact: boolean = false): void {
  output.write(`${JSON.stringify(value, undefined, compact ? undefined : 2)}\n`);
}

/** A cell of a table. */
export type Cell = string | { readonly text: string; readonly style: Style };

/** Prints a table with titles in bold. Its texts are made printable. */
export function printTable(
  output: Output,
  titles: readonly string[],
  rows: readonly (readonly Cell[])[],
): void {
  const all: readonly (readonly Cell[])[] = [titles.map((text) => ({ text, style: "bold" })), ...rows];
  for (const line of tableLines(output, all)) printLine(output, line);
}

/** Prints names and their values in two columns. Omits those without a value. */
export function printFacts(
  output: Output,
  facts: readonly (readonly [name: string, value: string | undefined, style?: Style])[],
): void {
  const rows = facts.flatMap(([name, value, look]): Cell[][] => {
    if (value === undefined) return [];
    return [[{ text: name, style: "dim" }, look === undefined ? value : { text: value, style: look }]];
  });
  for (const line of tableLines(output, rows)) printLine(output, line);
}

function tableLines(output: Output, rows: readonly (readonly Cell[])[]): string[] {
  const cells = rows.map((row) =>
    row.map((cell) =>
      typeof cell === "string" ? { text: printable(cell), style: undefined } : {
        text: printable(cell.text),
        style: cell.style,
      }
    )
  );
  const widths: number[] = [];
  for (const row of cells) {
    for (const [index, { text }] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, [...text].length);
    }
  }
  return cells.map((row) =>
    row.map(({ text, style: look }, index) => {
      const isLast = index === row.length - 1;
      const space = isLast ? "" : " ".repeat((widths[index] ?? 0) - [...text].length);
      return (look === undefined ? text : style(output, look, text)) + space;
    }).join("  ").trimEnd()
  );
}

/** Returns a count and a noun, such as `1 flag` or `1,200 flags`. */
export function pluralize(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Wraps text at spaces into lines of at most `width` characters. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
