// The files of the test suite. A test is known by its path below tests/ without the ending: `src/sync/polling`.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

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
