// The files of the test suite. The name of a test is its path below tests/ without the extension: `src/sync/polling`.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Returns the path of a test in the checkout. It begins with ./, since Bun takes any other path for a filter. */
export function testFile(name: string): string {
  return `./tests/${name}.test.ts`;
}

/** Returns whether the path of a test contains one of the parts, or there are no parts. */
export function isWanted(name: string, parts: readonly string[]): boolean {
  return parts.length === 0 || parts.some((part) => testFile(name).includes(part));
}

/** Returns the names of all tests, sorted. */
export function testNames(): string[] {
  const ending = ".test.ts";
  return readdirSync(join(ROOT, "tests"), { recursive: true })
    .map((path) => String(path).replaceAll("\\", "/"))
    .filter((path) => path.endsWith(ending))
    .map((path) => path.slice(0, -ending.length))
    .sort();
}
