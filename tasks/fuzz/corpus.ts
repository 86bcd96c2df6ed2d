// The inputs that the fuzzer for TypeScript begins with: for each target a JSON list of strings, of which each character is
// a byte.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

function fileOf(target: string): string {
  return fileURLToPath(new URL(`../../tests/fixtures/fuzz/${target}.json`, import.meta.url));
}

/** The corpus of a target; empty where there is none. */
export function readCorpus(target: string): Uint8Array[] {
  const file = fileOf(target);
  if (!existsSync(file)) return [];
  const texts = JSON.parse(readFileSync(file, "utf8")) as readonly string[];
  return texts.map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

/** Replaces the corpus of a target. */
export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  const texts = inputs.map((input) => Array.from(input, (byte) => String.fromCharCode(byte)).join(""));
  writeFileSync(fileOf(target), `${JSON.stringify(texts, null, 1)}\n`);
}
