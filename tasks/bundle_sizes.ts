// How large the package is where it is downloaded for each visit: in browsers and edge workers. `deno task size` fails
// above the limits.

import { Buffer } from "node:buffer";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { browserOptions } from "./npm/bundles.ts";
import { describedPackage, ROOT } from "./npm/entries.ts";
import { tableLines } from "./table.ts";
import { taskArguments } from "./usage.ts";

/** What each may come to, in bytes after gzip at its best. */
export const limits = { engine: 12 * 1024, client: 22 * 1024 } as const;

/** How large something is, in bytes. */
export interface Size {
  /** Minified. */
  readonly minified: number;
  /** Minified and compressed. */
  readonly compressed: number;
}

/** How large what is imported is, with all that it imports. */
export interface ImportSize {
  /** What is loaded to start with. */
  readonly start: Size;
  /** With what is loaded only when it is asked for. */
  readonly all: Size;
}

/** Measures an import from a module of the checkout, bundled for browsers into one file. */
export async function importSize(name: string, source: string): Promise<ImportSize> {
  const contents = `export { ${name} } from "./${source}";`;
  return { start: await sizeWith(contents, [withoutLater]), all: await sizeWith(contents, []) };
}

async function sizeWith(contents: string, plugins: readonly Plugin[]): Promise<Size> {
  const options = browserOptions(describedPackage().version);
  const { outputFiles } = await build({
    ...options,
    minify: true,
    plugins: [...plugins, ...(options.plugins ?? [])],
    splitting: false,
    stdin: { contents, resolveDir: ROOT },
    write: false,
  });
  return sizeOf(outputFiles[0]?.contents ?? new Uint8Array());
}

/** Leaves out what is imported later. */
const withoutLater: Plugin = {
  name: "without-later",
  setup({ onResolve }) {
    onResolve(
      { filter: /^\./ },
      ({ kind, path }) => kind === "dynamic-import" ? { path, external: true } : undefined,
    );
  },
};

function sizeOf(contents: Uint8Array): Size {
  return { minified: contents.length, compressed: gzipSync(Buffer.from(contents), { level: 9 }).length };
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}

const USAGE = `usage: deno task size

The size of the package where it is downloaded for each visit. Fails above the limits.

  --help   this text`;

async function main(): Promise<void> {
  taskArguments(USAGE);
  const engine = await importSize("portableEngine", "engines/portable/mod.ts");
  const client = await importSize("FliptClient", "mod.ts");
  const row = (title: string, size: Size, limit?: number): string[] => [
    title,
    kilobytes(size.minified),
    kilobytes(size.compressed),
    limit === undefined ? "" : kilobytes(limit),
  ];
  const lines = tableLines([
    { title: "KB of 1,024 bytes" },
    { title: "minified", align: "right" },
    { title: "gzip", align: "right" },
    { title: "at most", align: "right" },
  ], [
    row("the portable engine", engine.start, limits.engine),
    row("the client with it", client.start, limits.client),
    row("the client with all that it loads when it is asked to", client.all),
  ]);
  for (const line of lines) console.log(line);
  for (const [name, { start }] of [["engine", engine], ["client", client]] as const) {
    if (start.compressed <= limits[name]) continue;
    console.error(`the ${name} is ${start.compressed - limits[name]} bytes above its limit`);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();
