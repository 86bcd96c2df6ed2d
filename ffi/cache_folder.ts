// The one rule for the folder that libraries are kept in: the native engine's, where it comes to a machine as text and not
// as a file, and the reference library that the command line installs.

import { environmentVariable } from "./environment.ts";
import { currentPlatform } from "./platform.ts";
import { denoGlobal } from "./runtime.ts";

/** A folder of its own, so that a permission for it is one for nothing else. */
const NAME = "flipt-ffi-engine";

/** Where an operating system keeps what can be made anew: the folder that a variable names, or one below it. */
interface CachePlace {
  /** The variable. */
  readonly variable: string;
  /** What follows its value. */
  readonly below: string;
}

/** The places by operating system, the first that is set counts; `""` is every other system. */
const PLACES: Readonly<Record<string, readonly CachePlace[]>> = {
  windows: [{ variable: "LOCALAPPDATA", below: "\\" }],
  darwin: [{ variable: "HOME", below: "/Library/Caches/" }],
  "": [{ variable: "XDG_CACHE_HOME", below: "/" }, { variable: "HOME", below: "/.cache/" }],
};

const ABSOLUTE = /^(\/|[A-Za-z]:[\\/]|\\\\)/;

/** A folder, or how to tell the user of it when it is not known. */
export interface CacheFolder {
  /** The folder; `undefined` where no variable that may be read tells of one. */
  readonly path: string | undefined;
  /** The folder for a shell: its path, or one with the variable in it. */
  readonly shown: string;
  /** The variable that has to be set, and on Deno may have to be allowed, to have the folder. */
  readonly variable: string;
}

/** Values of environment variables. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The variables that say where the folder is. */
export const CACHE_VARIABLES: readonly string[] = ["DENO_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"];

/** Finds the folder. Never prompts: a variable that may not be read counts as not set. */
export async function cacheFolder(): Promise<CacheFolder> {
  const values = await Promise.all(
    CACHE_VARIABLES.map(async (name) => [name, await environmentVariable(name)]),
  );
  return cacheFolderOf(Object.fromEntries(values));
}

/** The folder that variables tell of. */
export function cacheFolderOf(variables: Variables): CacheFolder {
  const { operatingSystem } = currentPlatform();
  const separator = operatingSystem === "windows" ? "\\" : "/";
  const places = placesOf(operatingSystem, separator);
  for (const { variable, below } of places) {
    const value = variables[variable];
    // A relative one would be another folder for each program.
    if (value === undefined || !ABSOLUTE.test(value)) continue;
    const path = value + below + NAME;
    return { path, shown: path, variable };
  }
  const { variable, below } = places.at(-1) ?? { variable: "HOME", below: "/" };
  const value = separator === "\\" ? `%${variable}%` : `$${variable}`;
  return { path: undefined, shown: value + below + NAME, variable };
}

function placesOf(operatingSystem: string, separator: string): readonly CachePlace[] {
  const places = PLACES[operatingSystem] ?? PLACES[""] ?? [];
  // Whoever moves Deno's cache, as containers do, has a place that is meant to be written to.
  return denoGlobal() === undefined ? places : [{ variable: "DENO_DIR", below: separator }, ...places];
}
