// Where the reference library is that `flipt-ffi engine install` puts into the user's cache.

import { environmentVariable } from "../../ffi/environment.ts";
import { currentPlatform } from "../../ffi/platform.ts";
import { builtin } from "../../ffi/builtin_node.ts";
import { ensureFilePermission } from "../../ffi/permissions_deno.ts";

/** The version of the reference library that this package is tested against. */
export const REFERENCE_VERSION = "1.4.5";

/** The variables that say where a user's cache is. */
export const CACHE_VARIABLES = ["XDG_CACHE_HOME", "LOCALAPPDATA", "HOME", "USERPROFILE"] as const;

/** Values of environment variables. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Where the library of a platform is, inside the wheel and in the cache. */
export interface ReferenceLibraryPlace {
  /** The platform, as the wheel names it, such as `linux_x86_64`. */
  readonly target: string;
  /** The name of the library's file. */
  readonly fileName: string;
  /** The folder in the cache; `undefined` where the variables name no cache. */
  readonly folder: string | undefined;
}

/** Where the library of this platform belongs. */
export function referenceLibraryPlace(variables: Variables): ReferenceLibraryPlace {
  const { operatingSystem, architecture, libraryPrefix, librarySuffix } = currentPlatform();
  const target = `${operatingSystem}_${architecture}`;
  const cache = cacheFolder(variables, operatingSystem === "windows");
  return {
    target,
    fileName: `${libraryPrefix}fliptengine${librarySuffix}`,
    folder: cache && `${cache}/flipt-ffi/reference/${REFERENCE_VERSION}/${target}`,
  };
}

function cacheFolder(variables: Variables, isWindows: boolean): string | undefined {
  const { XDG_CACHE_HOME, LOCALAPPDATA, HOME, USERPROFILE } = variables;
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME;
  if (isWindows && LOCALAPPDATA) return LOCALAPPDATA;
  const home = HOME || USERPROFILE;
  return home ? `${home}/.cache` : undefined;
}

/**
 * The installed library. Never prompts: what may not be looked for is not there.
 * @returns its path; `undefined` when there is none.
 */
export async function installedReferenceLibrary(): Promise<string | undefined> {
  const values = await Promise.all(
    CACHE_VARIABLES.map(async (name) => [name, await environmentVariable(name)]),
  );
  const { folder, fileName } = referenceLibraryPlace(Object.fromEntries(values));
  if (folder === undefined) return undefined;
  const path = `${folder}/${fileName}`;
  try {
    await ensureFilePermission("read", path);
    const { access } = await builtin("node:fs/promises");
    await access(path);
    return path;
  } catch {
    return undefined;
  }
}
