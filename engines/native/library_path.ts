// Where the native engine's library is: with the package, or where a checkout builds it.

import { currentPlatform, type Platform } from "../../ffi/platform.ts";
import { EngineError, hasCode, isError } from "../../core/errors.ts";
import { mainProgram, withRequire, workingFolder } from "../../ffi/installed_package.ts";
import { checkFile } from "./checked_file.ts";
import { filePath } from "./file_path.ts";
import { type LibraryEntry, libraryFor, type Packaged, platformName } from "./manifest.ts";
import { packaged } from "./packaged.ts";

/** The name of the crate's library, without what the platform puts before and after it. */
const NAME = "flipt_ffi_engine";

/**
 * Finds the library for this platform. One that came with the package is checked against its manifest.
 * @returns the path of the file.
 * @throws {EngineError} (rejects) when there is none for this platform, or it cannot be read or is another one.
 */
export async function nativeLibraryPath(): Promise<string> {
  return packaged === undefined ? builtLibraryPath() : await packagedLibraryPath(packaged, currentPlatform());
}

/**
 * The library that `deno task build:engine` makes for this platform, beside the sources.
 * @param profile With which of Cargo's profiles.
 * @throws {EngineError} when the sources are not on a disk.
 */
export function builtLibraryPath(profile: string = "release"): string {
  const { operatingSystem, libraryPrefix, librarySuffix } = currentPlatform();
  const file = `./target/${profile}/${libraryPrefix}${NAME}${librarySuffix}`;
  return filePath(urlOf(file, import.meta.url), operatingSystem);
}

/**
 * Finds the library for `platform` among those of a package, and makes sure that it is the one that is meant.
 * @throws {EngineError} (rejects) when there is none for it, or it cannot be read or is another one.
 */
export async function packagedLibraryPath(from: Packaged, platform: Platform): Promise<string> {
  const entry = libraryFor(from.manifest, platform);
  if (entry === undefined) throw noLibrary(from, platform);
  if (from.folder !== undefined) return await fileIn(from, from.folder, entry, platform.operatingSystem);
  const load = from.modules?.[entry.target];
  if (load === undefined) throw noLibrary(from, platform);
  // Files are written only where the package has none.
  const { cachedLibrary } = await import("./cached_library.ts");
  return await cachedLibrary(entry, load);
}

async function fileIn(
  from: Packaged,
  folder: string,
  entry: LibraryEntry,
  operatingSystem: string,
): Promise<string> {
  const places = [
    () => filePath(urlOf(entry.file, folder), operatingSystem),
    () => installedFile(from, folder, entry),
    () => besideProgram(entry),
    () => copiedFile(from, entry),
  ];
  let failure: unknown;
  for (const place of places) {
    try {
      const path = place();
      if (path === undefined) continue;
      await checkFile(path, path.slice(0, -entry.file.length - 1), entry, from.advice);
      return path;
    } catch (error) {
      failure ??= error;
      if (!isMissing(error)) break;
    }
  }
  throw failure;
}

/** Whether there is no such file, or this is a bundle that does not know where it is. */
function isMissing(error: unknown): boolean {
  return isError(error) && (error.cause === undefined || hasCode(error.cause, "ENOENT"));
}

/** In the package, where a bundle runs that was made from it: beside it, or in the working directory. */
function installedFile(
  { package: name }: Packaged,
  folder: string,
  { file }: LibraryEntry,
): string | undefined {
  if (name === undefined) return undefined;
  try {
    return withRequire(folder || undefined, (require) => require.resolve(`${name}/native/${file}`));
  } catch {
    return undefined;
  }
}

/** In the package's folder below the working directory, where there is nothing else of it: so Next.js copies files. */
function copiedFile({ package: name }: Packaged, { file }: LibraryEntry): string | undefined {
  const folder = workingFolder();
  return folder === undefined || name === undefined
    ? undefined
    : `${folder}/node_modules/${name}/lib/native/${file}`;
}

/** Beside the program that was started: a bundle of webpack takes itself for the module that it was made from. */
function besideProgram({ file }: LibraryEntry): string | undefined {
  const [folder] = /^.*[/\\]/.exec(mainProgram() ?? "") ?? [];
  return folder === undefined ? undefined : `${folder}native/${file}`;
}

/** A bundle in CommonJS has no URL to start from. */
function urlOf(file: string, base: string | undefined): URL {
  if (base === undefined || !URL.canParse(file, base)) {
    throw new EngineError("this bundle does not know where the native engine's library is: give libraryPath");
  }
  return new URL(file, base);
}

function noLibrary({ manifest }: Packaged, platform: Platform): EngineError {
  const there = manifest.libraries.map(({ target }) => target).join(", ") || "none";
  return new EngineError(
    `there is no native library for ${platformName(platform)}, only for ${there}: ` +
      `use the portable engine or give libraryPath`,
  );
}
