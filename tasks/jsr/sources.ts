// The published sources of the checkout: the files of `publish.include` in deno.json, as `deno publish` interprets it.

import { readdirSync, readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { ROOT } from "../npm/entries.ts";

/** The part of deno.json that the JSR package uses. */
export interface DenoJson {
  /** The name. */
  readonly name: string;
  /** The version. */
  readonly version: string;
  /** The licence. */
  readonly license: string;
  /** The public modules, by subpath. */
  readonly exports: Readonly<Record<string, string>>;
  /** The published files. */
  readonly publish: { readonly include: readonly string[] };
  /** The packages, by import specifier. */
  readonly imports: Readonly<Record<string, string>>;
  /** The options of the type check. */
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  /** The paths that all commands of Deno ignore. */
  readonly exclude: readonly string[];
}

/** Reads deno.json. */
export function denoJson(): DenoJson {
  return JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
}

/** Returns the published files, as paths with slashes from the root of the checkout. */
export function publishedFiles({ publish, exclude }: DenoJson): string[] {
  const isPublished = (path: string): boolean => publish.include.some((glob) => matchesGlob(path, glob));
  const folders = new Set(publish.include.flatMap((glob) => glob.includes("/") ? [glob.split("/")[0]] : []));
  return filesBelow("", (path) => {
    const isTop = !path.includes("/");
    return (!isTop || folders.has(path)) && !exclude.includes(path);
  }).filter(isPublished).sort();
}

function filesBelow(folder: string, isWanted: (folder: string) => boolean): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) return [path];
    return entry.isDirectory() && isWanted(path) ? filesBelow(path, isWanted) : [];
  });
}

/** An import of a module, with the position of the quoted specifier. */
export interface ImportedModule {
  /** The specifier. */
  readonly specifier: string;
  /** The line, from 0. */
  readonly line: number;
  /** The first character, from 0. */
  readonly character: number;
  /** The kind of import. */
  readonly kind: "import" | "importType" | "export" | "exportType" | "dynamic";
}

const IMPORTS = [
  /** The end of a static import or export, which may have begun on an earlier line. */
  { pattern: /(?:^(import|export)\b(?: (type)\b)?.*?|^\} )from ("[^"]+");/d, specifier: 3 },
  { pattern: /^(import) ("[^"]+");/d, specifier: 2 },
  { pattern: /\bimport\(("[^"]+")\)/d, specifier: 1 },
] as const;

/**
 * Finds the imports of a module. Only for sources formatted by `deno fmt`: one specifier per line, in double quotes.
 */
export function importsOf(source: string): ImportedModule[] {
  const found: ImportedModule[] = [];
  let opening: readonly [string | undefined, string | undefined] = ["import", undefined];
  for (const [line, text] of source.split("\n").entries()) {
    if (/^\s*(\*|\/\/|\/\*)/.test(text)) continue;
    const begin = /^(import|export)(?: (type))? \{$/.exec(text);
    if (begin !== null) opening = [begin[1], begin[2]];
    for (const { pattern, specifier } of IMPORTS) {
      const match = pattern.exec(text);
      const [character] = match?.indices?.[specifier] ?? [];
      if (match === null || character === undefined) continue;
      const [word, type] = match[1] === "import" || match[1] === "export" ? [match[1], match[2]] : opening;
      const kind = specifier === 1 ? "dynamic" : `${word}${type === "type" ? "Type" : ""}`;
      found.push({
        specifier: match[specifier]?.slice(1, -1) ?? "",
        line,
        character,
        kind: kind as ImportedModule["kind"],
      });
      break;
    }
  }
  return found;
}
