// The table of modules: the exports of deno.json, with the descriptions of their modules.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { importsOf } from "../jsr/sources.ts";
import { INCLUDED } from "../npm/bundles.ts";
import { describedPackage, type Entry, ROOT } from "../npm/entries.ts";
import { documented } from "./deno_doc.ts";
import { code, table } from "./markdown.ts";

/** The page on each subpath, from docs/README.md. */
const PAGES: Readonly<Record<string, string>> = {
  ".": "getting_started.md",
  "./answers": "answers.md",
  "./answers/page": "answers.md#in-the-page",
  "./auth": "authentication.md",
  "./browser": "migrating.md",
  "./cli": "cli.md",
  "./exposure": "exposure.md",
  "./file": "files.md",
  "./health": "operating.md#health",
  "./middleware": "requests.md#middleware",
  "./namespaces": "fleet.md#several-namespaces-in-one-process",
  "./node": "migrating.md",
  "./openfeature": "openfeature.md",
  "./otel": "telemetry.md",
  "./overrides": "overrides.md",
  "./prometheus": "prometheus.md",
  "./relay": "fleet.md",
  "./request": "requests.md",
  "./store/deno-kv": "offline.md#stores",
  "./store/redis": "fleet_redis.md",
  "./testing": "testing.md",
};

/**
 * Every subpath with its page, what it is, what it exports beside types, and the npm packages that its modules import.
 * @throws {Error} when a subpath has no page.
 */
export function subpathTable(): string {
  const { name, entries } = describedPackage();
  const modules = documented(...entries.map(({ source }) => source));
  const rows = entries.map((entry, index) => {
    const page = PAGES[entry.subpath];
    const module = modules[index];
    if (page === undefined || module === undefined) {
      throw new Error(`${entry.subpath} is exported: say in tasks/docs/subpaths.ts which page is about it`);
    }
    return [
      `[${code(name + entry.subpath.slice(1))}](${page})`,
      module.meaning,
      valuesOf(entry, module.values).map(code).join(", "),
      packagesOf(entry).map(code).join(", ") || "nothing",
    ];
  });
  return table(["subpath", "what it is", "exports, beside types", "needs from npm"], rows);
}

/** What of `exported` a program can import: not the classes of which the module only exports the type. */
function valuesOf({ source }: Entry, exported: readonly string[]): readonly string[] {
  const text = readFileSync(join(ROOT, source), "utf8");
  const types = [...text.matchAll(/^export type \{([^}]*)\}/gm)].flatMap(([, names = ""]) =>
    names.split(",").map((name) => name.trim())
  );
  return exported.filter((name) => !types.includes(name));
}

/** The packages that the modules in the folder of a subpath import, and that do not come with the npm package. */
function packagesOf({ source }: Entry): readonly string[] {
  const folder = dirname(source);
  const files = folder === "."
    ? [source]
    : readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(folder, String(name)));
  const specifiers = files.filter((file) => file.endsWith(".ts")).flatMap((file) =>
    importsOf(readFileSync(join(ROOT, file), "utf8")).map(({ specifier }) => specifier)
  );
  return [
    ...new Set(
      specifiers.filter((specifier) => !/^(\.|node:)/.test(specifier) && !Object.hasOwn(INCLUDED, specifier)),
    ),
  ].sort();
}

/** The exports of package.json, by which Node and Bun resolve the package's own name: those of deno.json. */
export function packageJsonText(packageJson: string, denoJson: string): string {
  const { name, exports } = JSON.parse(denoJson);
  return `${JSON.stringify({ ...JSON.parse(packageJson), name, exports }, null, 2)}\n`;
}
