// The package as deno.json describes it: its name and version, and an entry per subpath.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root folder of the checkout. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** A module that users import. */
export interface Entry {
  /** Its subpath, such as `.` or `./store/redis`. */
  readonly subpath: string;
  /** The path of its source in the checkout, such as `store/redis.ts`. */
  readonly source: string;
  /** The name of its files in the package, such as `store-redis`. */
  readonly name: string;
}

/** The package as deno.json describes it. */
export interface Described {
  /** The name. */
  readonly name: string;
  /** The version. */
  readonly version: string;
  /** The licence. */
  readonly license: string;
  /** The public modules. */
  readonly entries: readonly Entry[];
}

interface DenoJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
}

/**
 * Reads deno.json.
 * @throws {Error} when an exported module does not exist.
 */
export function describedPackage(): Described {
  const { name, version, license, exports } = JSON.parse(
    readFileSync(join(ROOT, "deno.json"), "utf8"),
  ) as DenoJson;
  const entries = Object.entries(exports).map(([subpath, path]) => entryOf(subpath, path));
  return { name, version, license, entries };
}

function entryOf(subpath: string, path: string): Entry {
  const source = path.replace(/^\.\//, "");
  if (!existsSync(join(ROOT, source))) {
    throw new Error(`deno.json exports ${subpath} as ${path}, which does not exist`);
  }
  return { subpath, source, name: subpath === "." ? "mod" : subpath.slice(2).replaceAll("/", "-") };
}
