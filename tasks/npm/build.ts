// Builds the npm package in a folder: JavaScript, types, libraries, package.json and texts.

import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addCommonJs, bundle, bundleForBrowsers, isForBrowsers } from "./bundles.ts";
import { writeDeclarations } from "./declarations.ts";
import { describedPackage, type Entry, ROOT } from "./entries.ts";
import { copyLibraries, findLibraries, type Libraries } from "./libraries.ts";
import { CLI_COMMAND, packageJson } from "./package_json.ts";

/** The files that are copied, if they exist. */
const TEXTS: readonly string[] = ["README.md", "LICENSE", "THIRD_PARTY_LICENSES", "CHANGELOG.md"];

/** The command line as CommonJS: it loads the module, since its exports are asynchronous anyway. */
const CLI_COMMONJS = `exports.main = async (...given) => (await import("../cli.js")).main(...given);
exports.run = async () => (await import("../cli.js")).run();
`;

/** Options of `makePackage`. */
export interface PackageOptions {
  /** The folder of the package. Its content is deleted. */
  readonly folder: string;
  /** The version. @default the one in deno.json */
  readonly version?: string;
  /** Internal modules that can also be imported, for tests. @default none */
  readonly insides?: readonly string[];
}

/** A package. */
export interface MadePackage {
  /** The name and version, such as `package@1.2.3`. */
  readonly title: string;
  /** The libraries in it. */
  readonly libraries: Libraries;
}

/**
 * Builds the npm package.
 * @throws {Error} (rejects) when a part cannot be built.
 */
export async function makePackage({ folder, version, insides = [] }: PackageOptions): Promise<MadePackage> {
  const described = describedPackage();
  const number = version ?? described.version;
  const libraries = findLibraries(number);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });

  const lib = join(folder, "lib");
  const entries: readonly Entry[] = [
    ...described.entries,
    ...insides.map((source) => ({ subpath: `./${source}`, source, name: source.replaceAll(/[/.]/g, "-") })),
  ];
  const { imports } = await bundle({ folder: lib, entries, version: number }, libraries);
  await addCommonJs(lib);
  const cli = entries.find(({ subpath }) => subpath === CLI_COMMAND.subpath);
  if (cli !== undefined) {
    const program = `#!/usr/bin/env node\nimport { run } from "./${cli.name}.js";\n\nrun();\n`;
    writeFileSync(join(lib, `${CLI_COMMAND.name}.js`), program, { mode: 0o755 });
    writeFileSync(join(lib, `cjs/${cli.name}.js`), CLI_COMMONJS);
  }
  const browser = join(folder, "browser");
  const forBrowsers = described.entries.filter(isForBrowsers);
  await bundleForBrowsers({ folder: browser, entries: forBrowsers, version: number });
  writeDeclarations(join(folder, "types"), described.entries);
  copyLibraries(libraries, join(lib, "native"));

  const manifest = packageJson({ ...described, entries }, number, imports);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const text of TEXTS) {
    if (existsSync(join(ROOT, text))) copyFileSync(join(ROOT, text), join(folder, text));
  }
  return { title: `${described.name}@${number}`, libraries };
}
