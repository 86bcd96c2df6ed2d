// The size of the package in browsers and edge workers, where it is downloaded. `deno task size` fails when a size
// exceeds its limit.

import { Buffer } from "node:buffer";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { build, type BuildResult, type Plugin } from "esbuild";
import { browserOptions } from "./npm/bundles.ts";
import { describedPackage, ROOT } from "./npm/entries.ts";
import { tableLines } from "./table.ts";
import { taskArguments } from "./usage.ts";

/** The size limits, after gzip at level 9. */
export const LIMITS_BYTES = { engine: 12 * 1024, client: 22 * 1024, page: 2.5 * 1024 } as const;

/** A size, in bytes. */
export interface Size {
  /** Minified. */
  readonly minified: number;
  /** Minified and compressed. */
  readonly compressed: number;
}

/** The size of an import with its dependencies. */
export interface ImportSize {
  /** Without dynamic imports. */
  readonly start: Size;
  /** With dynamic imports. */
  readonly all: Size;
}

type Bundled = BuildResult<{ readonly metafile: true; readonly write: false }>;

/** Measures an import from a module of the checkout, bundled into one file for browsers. */
export async function importSize(name: string, source: string): Promise<ImportSize> {
  const contents = `export { ${name} } from "./${source}";`;
  return { start: await sizeWith(contents, [withoutDynamicImports]), all: await sizeWith(contents, []) };
}

/** Returns the modules that are loaded with an import, without what it loads dynamically, as paths in the checkout. */
export async function startModules(name: string, source: string): Promise<string[]> {
  const { metafile } = await bundled(`export { ${name} } from "./${source}";`, [withoutDynamicImports]);
  // What is imported for its types alone adds nothing.
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs.flatMap(([path, { bytesInOutput }]) => bytesInOutput > 0 ? [path] : []).sort();
}

async function sizeWith(contents: string, plugins: readonly Plugin[]): Promise<Size> {
  const { outputFiles } = await bundled(contents, plugins);
  return sizeOf(outputFiles[0]?.contents ?? new Uint8Array());
}

async function bundled(contents: string, plugins: readonly Plugin[]): Promise<Bundled> {
  const options = browserOptions(describedPackage().version);
  return await build({
    ...options,
    minify: true,
    plugins: [...plugins, ...(options.plugins ?? [])],
    splitting: false,
    stdin: { contents, resolveDir: ROOT },
    write: false,
  });
}

/** Excludes dynamic imports. */
const withoutDynamicImports: Plugin = {
  name: "without-dynamic-imports",
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

Prints the size of the package in browsers and edge workers. Fails when a size exceeds its limit.

What counts is what is imported with "import { FliptClient }", and so is in the first file of a bundler that splits
code: without what the client itself imports when it is used (streams, stores, hooks, overrides, explanations, log
lines, what is said of errors …). All of it in one file, as other bundlers make it, has a line of its own.

  --help   show this help`;

async function main(): Promise<void> {
  taskArguments(USAGE);
  const engine = await importSize("portableEngine", "engines/portable/mod.ts");
  const client = await importSize("FliptClient", "mod.ts");
  const page = await importSize("pageFlags", "answers/page.ts");
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
    row("the portable engine", engine.start, LIMITS_BYTES.engine),
    row("the client with it", client.start, LIMITS_BYTES.client),
    row("the client with all dynamic imports", client.all),
    row("the flags of a page that gets answers", page.all, LIMITS_BYTES.page),
  ]);
  for (const line of lines) console.log(line);
  for (const [name, { start }] of [["engine", engine], ["client", client], ["page", page]] as const) {
    if (start.compressed <= LIMITS_BYTES[name]) continue;
    console.error(`the ${name} is ${start.compressed - LIMITS_BYTES[name]} bytes above its limit`);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();
