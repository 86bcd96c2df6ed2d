// Bundles for runtimes without modules of Node: browsers and edge runtimes, as an application's bundler makes them of the
// package.

import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";
import { version } from "../../core/version.ts";
import { browserOptions } from "../../tasks/npm/bundles.ts";

/** A module and everything it imports, in one file. */
export interface Bundle {
  /** The JavaScript. */
  readonly code: string;
  /** What is in it, and what it still imports. */
  readonly metafile: Metafile;
}

/** What only some runtimes have as globals. */
const RUNTIME_GLOBALS = ["process", "require", "module", "Buffer", "Deno", "Bun", "__dirname"];

/** What a global of a runtime is renamed to wherever a bundle uses it as a free name. */
export const freeNamePrefix = "FREE_NAME_";

/** Bundles a module of the repository for a browser, minified. */
export async function browserBundle(entry: string): Promise<Bundle> {
  const options = browserOptions(version);
  const freeNames = Object.fromEntries(RUNTIME_GLOBALS.map((name) => [name, freeNamePrefix + name]));
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: [fileURLToPath(new URL(`../../${entry}`, import.meta.url))],
    define: { ...options.define, ...freeNames },
    packages: "bundle",
    splitting: false,
    minify: true,
    write: false,
  });
  return { code: outputFiles[0]?.text ?? "", metafile };
}
