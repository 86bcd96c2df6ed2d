// Finds packages and their files as Node does, without an import: in a bundle or a VM context one leads nowhere.

import { builtinSync } from "./builtin_node.ts";
import { denoGlobal } from "./runtime.ts";

/** Node's `require`, as far as it is used. */
interface Require {
  (name: string): unknown;
  resolve(name: string): string;
}

/**
 * Calls `use` with the `require` of the module at `from`, then with that of the working directory, where a bundled program
 * has its packages, until it returns.
 * @param from The URL of the module; `undefined` in a bundle that has none.
 * @returns what `use` does; `undefined` where there is no such `require`. On Deno, where it could prompt, there is none.
 * @throws the last error of `use`.
 */
export function withRequire<T>(from: string | undefined, use: (require: Require) => T): T | undefined {
  const createRequire = denoGlobal() === undefined ? builtinSync("node:module")?.createRequire : undefined;
  const folder = workingFolder();
  if (createRequire === undefined || folder === undefined) return undefined;
  if (from !== undefined) {
    try {
      return use(createRequire(from));
    } catch {
      // What is thrown below says the same of a place that the user knows.
    }
  }
  return use(createRequire(`${folder}/`));
}

/** The working directory; `undefined` on Deno, where it could prompt. */
export function workingFolder(): string | undefined {
  return denoGlobal() === undefined ? builtinSync("node:process")?.cwd() : undefined;
}

/** The path of the program that was started; `undefined` on Deno, where it could prompt, and where nothing tells of it. */
export function mainProgram(): string | undefined {
  return denoGlobal() === undefined ? builtinSync("node:process")?.argv[1] : undefined;
}
