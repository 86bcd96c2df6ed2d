// What a target of the fuzzer for TypeScript is, and what several of them have in common.

import { readFileSync } from "node:fs";
import { FliptError } from "../../core/errors.ts";

/** A target. Its modules are loaded by `load`, when coverage is counted already. */
export interface Target {
  readonly name: string;
  /** Inputs to begin with, beside the corpus. */
  readonly seeds: () => readonly (string | Uint8Array)[];
  /** What inputs are made of. */
  readonly words: readonly string[];
  /** @returns what runs one input, and rejects with anything that it should not. */
  readonly load: () => Promise<(input: Uint8Array) => Promise<void> | void>;
}

/** Where the fixtures of the tests are. */
export const FIXTURES = new URL("../../tests/fixtures/", import.meta.url);
/** What JSON is made of. */
export const JSON_WORDS: readonly string[] = [
  "{",
  "}",
  "[",
  "]",
  '"',
  ":",
  ",",
  "null",
  "true",
  "1e400",
  "-0",
  "\\u0000",
  "\\ud800",
];

/** The text of a fixture. */
export function fixture(name: string): string {
  return readFileSync(new URL(name, FIXTURES), "utf8");
}

/** Runs what may reject with errors of this package, and of the kinds of `also`. @returns whether it did not. */
export async function allowing(
  run: () => unknown,
  ...also: readonly (new (message: string) => Error)[]
): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if ([FliptError, ...also].some((kind) => error instanceof kind)) return false;
    throw error;
  }
}
