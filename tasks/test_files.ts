// The files of the test suite. A test is known by its path below tests/ without the ending: `src/sync/polling`.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { closestString } from "../core/closest_string.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/**
 * What decides answers and freshness is in all other folders. These are about what surrounds that: the packages, the
 * command line, pages, browsers, tasks, and how much memory a process takes.
 */
const SURROUNDINGS =
  /^(?:bench|browser|cli|docs|packages|tasks)\/|^(?:examples|examples_fleet|house|memory|programs|src\/evaluation\/typed_flags)$/;

/** Whether a test decides answers or freshness, and so is one that `deno task test` runs. */
export function isEssential(name: string): boolean {
  return !SURROUNDINGS.test(name);
}

/** The file of a test, from the folder of the checkout. Bun takes a path without ./ for a filter. */
export function testFile(name: string): string {
  return `./tests/${name}.test.ts`;
}

/** Whether the path of a test contains one of the parts; without any, every test is wanted. */
export function isWanted(name: string, parts: readonly string[]): boolean {
  return parts.length === 0 || parts.some((part) => testFile(name).includes(part));
}

/** The names of all tests, sorted. */
export function testNames(): string[] {
  const ending = ".test.ts";
  return readdirSync(join(ROOT, "tests"), { recursive: true })
    .map((path) => String(path).replaceAll("\\", "/"))
    .filter((path) => path.endsWith(ending))
    .map((path) => path.slice(0, -ending.length))
    .sort();
}

/** The names of tests that were probably meant by a part that none contains: the nearest first, at most three. */
export function nearestTests(part: string, names: readonly string[] = testNames()): string[] {
  // What is typed may be a whole path, its last word, or what is between.
  const parts = new Map(
    names.flatMap((name) => {
      const words = name.split("/");
      return words.map((_, index): [string, string] => [words.slice(index).join("/"), name]);
    }),
  );
  const found: string[] = [];
  for (let most = 3; most > 0; most--) {
    const near = closestString(part.replace(/^(?:\.\/)?tests\/|\.test\.ts$/g, ""), [...parts.keys()]);
    const name = near === undefined ? undefined : parts.get(near);
    if (near === undefined || name === undefined) break;
    if (!found.includes(name)) found.push(name);
    parts.delete(near);
  }
  return found;
}
