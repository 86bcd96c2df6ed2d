// Builds the file set of the JSR package: the sources as they are, the native libraries as modules, and a minimal
// deno.json.

import { Buffer } from "node:buffer";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isLibrary } from "../../engines/native/checked_file.ts";
import type { Manifest } from "../../engines/native/manifest.ts";
import { ROOT } from "../npm/entries.ts";
import type { Libraries } from "../npm/libraries.ts";
import { libraryModule, libraryModulePath, librarySubpath, PACKAGED, packagedModule } from "./modules.ts";
import { type DenoJson, denoJson, importsOf, publishedFiles } from "./sources.ts";

/** JSR's size limit for all files together. */
export const LIMIT_BYTES: number = 20 * 1024 * 1024;

/** A file set. */
export interface FileSet {
  /** The name and version. */
  readonly title: string;
  /** The number of files. */
  readonly files: number;
  /** The total size of the files, in bytes. */
  readonly bytes: number;
}

/**
 * Writes the file set to `folder`, whose content it replaces.
 * @throws {Error} (rejects) when a library does not match its manifest, or JSR would reject the package.
 */
export async function writeFileSet(
  folder: string,
  { manifest, files: libraries }: Libraries,
): Promise<FileSet> {
  const config = denoJson();
  rmSync(folder, { recursive: true, force: true });
  let files = 0;
  let bytes = 0;
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
    files++;
    bytes += Buffer.byteLength(content);
  };

  const sources = publishedFiles(config).filter((path) => path !== "deno.json" && path !== PACKAGED);
  const imported = new Set<string>();
  for (const path of sources) {
    const content = readFileSync(join(ROOT, path));
    write(path, content);
    if (!path.endsWith(".ts")) continue;
    for (const { specifier } of importsOf(content.toString())) imported.add(specifier);
  }
  write(PACKAGED, packagedModule(manifest));
  for (const entry of manifest.libraries) {
    const path = libraries.find(({ name }) => name === entry.file)?.path ?? entry.file;
    const library = new Uint8Array(readFileSync(path));
    if (!await isLibrary(library, entry)) {
      throw new Error(`${path} does not match the manifest`);
    }
    write(libraryModulePath(entry.target), libraryModule(entry.target, library));
  }
  write("deno.json", `${JSON.stringify(packageConfig(config, manifest, imported), undefined, 2)}\n`);
  if (bytes > LIMIT_BYTES) {
    throw new Error(`the package has ${bytes} bytes, and the limit of JSR is ${LIMIT_BYTES}`);
  }
  return { title: `${config.name}@${config.version}`, files, bytes };
}

function packageConfig(
  config: DenoJson,
  manifest: Manifest,
  imported: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const { name, version, license, imports, compilerOptions } = config;
  const libraries = manifest.libraries.map(({ target }) => [
    librarySubpath(target),
    `./${libraryModulePath(target)}`,
  ]);
  const needed = Object.entries(imports).filter(([name]) =>
    [...imported].some((specifier) => specifier === name || specifier.startsWith(`${name}/`))
  );
  return {
    name,
    version,
    license,
    exports: { ...config.exports, ...Object.fromEntries(libraries) },
    // Any compatible version, so that a package that the user's program also imports is loaded once.
    imports: Object.fromEntries(needed.map(([name, target]) => [name, target.replace(/@(?=[^@/]+$)/, "@^")])),
    // Includes the folder, which git ignores and `deno publish` would therefore skip.
    publish: { exclude: ["!."] },
    compilerOptions,
  };
}
