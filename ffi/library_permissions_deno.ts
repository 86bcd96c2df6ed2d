// What Deno has to be allowed for a library that comes with the package, or that is kept in the user's cache folder. Only
// asks, never prompts.

import { denoGlobal } from "./runtime.ts";
import { EngineError } from "../core/errors.ts";
import type { CacheFolder } from "./cache_folder.ts";

/**
 * The flags that Deno needs to read a library and open it.
 * @param path The library.
 * @param folder The folder it is in, for which the permission is best given: the file is another one on each platform.
 * @returns none when it may be read, and on runtimes that do not ask.
 */
export async function missingFlags(path: string, folder: string): Promise<string[]> {
  const deno = denoGlobal();
  if (deno?.permissions === undefined) return [];
  const [ffi, read] = await Promise.all([
    // Not for the folder only: reading the memory of a library takes the permission for every file.
    isGranted(deno, { name: "ffi" }),
    isGranted(deno, { name: "read", path }),
  ]);
  return read ? [] : [...ffi ? [] : ["--allow-ffi"], flag("read", folder)];
}

/**
 * Makes sure that a library can be read from the folder and opened, before anything is fetched or written.
 * @throws {EngineError} (rejects) when it cannot; the message names every flag that is missing, those for writing too.
 */
export async function ensureLibraryPermissions(folder: CacheFolder): Promise<void> {
  const deno = denoGlobal();
  // Deno Deploy has the global, but neither FFI nor permissions: it is told so where FFI is asked for.
  if (typeof deno?.dlopen !== "function") return;
  const path = folder.path;
  const isKnown = path !== undefined || await isGranted(deno, { name: "env", variable: folder.variable });
  // A variable that may be read and is not set is no matter of permissions.
  const isUnset = isKnown && path === undefined;
  const [ffi, read, write] = await Promise.all([
    // Not for the folder only: reading the memory of a library takes the permission for every file.
    isGranted(deno, { name: "ffi" }),
    isUnset || isGranted(deno, { name: "read", path }),
    isUnset || isGranted(deno, { name: "write", path }),
  ]);
  if (ffi && read && isKnown) return;
  const missing = [
    ffi ? [] : "--allow-ffi",
    isKnown ? [] : `--allow-env=${folder.variable}`,
    read ? [] : flag("read", folder.shown),
    write ? [] : flag("write", folder.shown),
  ].flat();
  throw new EngineError(
    `Deno may not keep the native engine's library in ${folder.shown} and open it: add ${missing.join(" ")}`,
  );
}

/**
 * Makes sure that the folder can be written to.
 * @throws {EngineError} (rejects) when it cannot; the message names the flag.
 */
export async function ensureWritePermission(folder: string): Promise<void> {
  if (await mayWrite(folder)) return;
  throw new EngineError(
    `Deno may not write the native engine's library to ${folder}: add ${flag("write", folder)}`,
  );
}

/** Whether the folder may be written to. */
export async function mayWrite(folder: string): Promise<boolean> {
  const deno = denoGlobal();
  return deno === undefined || await isGranted(deno, { name: "write", path: folder });
}

/** Whether what is at a path may be looked at. */
export async function mayRead(path: string): Promise<boolean> {
  const deno = denoGlobal();
  return deno === undefined || await isGranted(deno, { name: "read", path });
}

/** Whether the id of the user may be asked for. */
export async function mayAskForUser(): Promise<boolean> {
  const deno = denoGlobal();
  return deno === undefined || await isGranted(deno, { name: "sys", kind: "uid" });
}

async function isGranted(deno: typeof Deno, permission: Deno.PermissionDescriptor): Promise<boolean> {
  const { state } = await deno.permissions.query(permission);
  return state === "granted";
}

function flag(use: "read" | "write", folder: string): string {
  const text = `--allow-${use}=${folder}`;
  // A shell ends an argument at a space.
  return /\s/.test(text) ? `"${text}"` : text;
}
