// The documentation as tests look at it: its pages, their headings, links, tables and code.
//
// A fence that begins with ```ts is a whole program. It is run, but for one marked `ts no-run`, and one marked
// `ts deno`, `ts bun` or `ts node` runs there only; all are type-checked. http://localhost:8080 is a test server with the
// flags of tests/fixtures/shop, and features.yml a file of them. A program that uses `client` or `FliptClient` without
// saying where it comes from has it from the package. What a comment behind console.log says has to be printed. A ```js
// fence is an ES module that is run as it is, and `js commonjs` a CommonJS program that runs in a process of its own.
//
// A line of a ```sh fence that begins with `flipt-ffi` is run, but for those marked `sh no-run`, which only have to be
// understood. It has to exit with code 0, or with that of a comment such as `# exits with code 3`. A ```text output fence shows what
// the last such line before it prints.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { pageFiles } from "../../tasks/docs/files.ts";

/** The folder of the checkout. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** A piece of code on a page. */
export interface Fence {
  /** The page, from the folder of the checkout. */
  readonly page: string;
  /** The line that it begins on, from 1. */
  readonly line: number;
  /** The language. */
  readonly language: string;
  /** The words behind the language. */
  readonly marks: readonly string[];
  /** The code. */
  readonly code: string;
}

/** A page. */
export interface Page {
  /** Its file, from the folder of the checkout. */
  readonly file: string;
  /** What it says. */
  readonly text: string;
  /** The same without code. */
  readonly prose: string;
  /** Its code. */
  readonly fences: readonly Fence[];
}

/** A heading, and the anchor that links know it by. */
export interface Heading {
  /** How deep, from 1. */
  readonly level: number;
  /** Its text as written. */
  readonly text: string;
  /** The anchor. */
  readonly anchor: string;
}

/** Every page: those of docs/, and what stands elsewhere. */
export function pages(): readonly Page[] {
  return pageFiles().map(pageOf);
}

/** One page. */
export function pageOf(file: string): Page {
  const text = readFileSync(join(ROOT, file), "utf8").replaceAll("\r\n", "\n");
  const fences: Fence[] = [];
  const prose: string[] = [];
  let open: { readonly line: number; readonly info: string; readonly code: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const info = /^\s*```(.*)$/.exec(line)?.[1];
    if (info === undefined) (open?.code ?? prose).push(line);
    else if (open === undefined) open = { line: index + 1, info, code: [] };
    else {
      const [language = "", ...marks] = open.info.trim().split(/\s+/);
      fences.push({ page: file, line: open.line, language, marks, code: open.code.join("\n") });
      open = undefined;
    }
    if (info !== undefined) prose.push("");
  }
  return { file, text, prose: prose.join("\n"), fences };
}

/** The headings of a page. */
export function headingsOf({ prose }: Page): Heading[] {
  const seen = new Map<string, number>();
  return [...prose.matchAll(/^(#{1,6}) (.+)$/gm)].map(([, marks = "", text = ""]) => {
    const plain = text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "");
    const slug = plain.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return { level: marks.length, text, anchor: count === 0 ? slug : `${slug}-${count}` };
  });
}

/** What stands under a heading, down to the next that is not deeper. */
export function sectionOf(page: Page, heading: string): string {
  const lines = page.text.split("\n");
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, "") === heading);
  if (start < 0) throw new Error(`${page.file} has no heading "${heading}"`);
  const level = /^#+/.exec(lines[start] ?? "")?.[0].length ?? 0;
  let isCode = false;
  const end = lines.findIndex((line, index) => {
    if (line.startsWith("```")) isCode = !isCode;
    return index > start && !isCode && /^#+ /.test(line) && (/^#+/.exec(line)?.[0].length ?? 0) <= level;
  });
  return lines.slice(start + 1, end < 0 ? undefined : end).join("\n");
}

/** The rows of the tables in a text, cell by cell; `\|` in a cell is a bar. */
export function rowsOf(text: string): string[][] {
  return text.split("\n").filter((line) => line.startsWith("|") && !/^\|[\s:|-]+\|$/.test(line)).map((line) =>
    line.slice(1, line.lastIndexOf("|")).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"))
  );
}

/** The links of a page that lead nowhere. */
export function brokenLinks(page: Page): string[] {
  const links = [...page.prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = ""]) => target);
  return links.filter((target) => !/^(https?:|mailto:)/.test(target)).flatMap((target) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page.file : relative(ROOT, join(ROOT, dirname(page.file), path));
    if (!existsSync(join(ROOT, file))) return [`${page.file}: ${target}: there is no ${file}`];
    if (anchor === undefined) return [];
    const anchors = headingsOf(pageOf(file)).map((heading) => heading.anchor);
    return anchors.includes(anchor) ? [] : [`${page.file}: ${target}: ${file} has no such heading`];
  });
}

/** The words of a line of a shell; `undefined` where it is more than a command. */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = [];
  for (const [text] of line.matchAll(/'[^']*'|"[^"]*"|[^\s'"]+(?:'[^']*'|"[^"]*"|[^\s'"]+)*/g)) {
    if (text.startsWith("#")) break;
    if (/^[|<>&;]/.test(text)) return undefined;
    words.push(text.replace(/'([^']*)'|"([^"]*)"/g, "$1$2"));
  }
  return words;
}

/** The text of a source, in which joined strings are one and any white space is a space. */
export function codeText(file: string): string {
  return readFileSync(join(ROOT, file), "utf8")
    .replace(/["'`]\s*\+\s*["'`]/g, "")
    .replace(/\s+/g, " ");
}
