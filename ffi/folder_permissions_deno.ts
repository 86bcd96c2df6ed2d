// What Deno has to be allowed for a library that comes with the package. Only asks, never prompts.

import { denoGlobal } from "./runtime.ts";

/**
 * The flags without which Deno lets nobody read a library and open it.
 * @param path The library.
 * @param folder The folder it is in, for which the permission is best given: the file is another one on each platform.
 * @returns none when it may be read, and on runtimes that do not ask.
 */
export async function missingFlags(path: string, folder: string): Promise<string[]> {
  const permissions = denoGlobal()?.permissions;
  if (permissions === undefined) return [];
  const [ffi, read] = await Promise.all([
    // Not for the folder only: reading the memory of a library takes the permission for every file.
    permissions.query({ name: "ffi" }),
    permissions.query({ name: "read", path }),
  ]);
  if (read.state === "granted") return [];
  const flag = `--allow-read=${folder}`;
  // A shell ends an argument at a space.
  return [...ffi.state === "granted" ? [] : ["--allow-ffi"], /\s/.test(flag) ? `"${flag}"` : flag];
}
