// Where the reference library is that `flipt-ffi engine install` puts into the user's cache.

import { cacheFolder } from "../../ffi/cache_folder.ts";
import { currentPlatform } from "../../ffi/platform.ts";
import { builtin } from "../../ffi/builtin_node.ts";
import { ensureFilePermission } from "../../ffi/permissions_deno.ts";

/** The version of the reference library that this package is tested against. */
export const REFERENCE_VERSION = "1.4.5";

/** Where the library of a platform is, inside the wheel and in the cache. */
export interface ReferenceLibraryPlace {
  /** The platform, as the wheel names it, such as `linux_x86_64`. */
  readonly target: string;
  /** The name of the library's file. */
  readonly fileName: string;
  /** The folder in the cache; `undefined` where there is no folder for libraries. */
  readonly folder: string | undefined;
}

/** Where the library of this platform belongs: below the folder for libraries, if there is one. */
export function referenceLibraryPlace(cache: string | undefined): ReferenceLibraryPlace {
  const { operatingSystem, architecture, libraryPrefix, librarySuffix } = currentPlatform();
  const target = `${operatingSystem}_${architecture}`;
  return {
    target,
    fileName: `${libraryPrefix}fliptengine${librarySuffix}`,
    folder: cache && `${cache}/reference-${REFERENCE_VERSION}/${target}`,
  };
}

/**
 * The installed library. Never prompts: what may not be looked for is not there.
 * @returns its path; `undefined` when there is none.
 */
export async function installedReferenceLibrary(): Promise<string | undefined> {
  const { folder, fileName } = referenceLibraryPlace((await cacheFolder()).path);
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
