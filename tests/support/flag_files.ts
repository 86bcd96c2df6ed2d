// What tests of files of flags share: folders of such files, and what is said of them.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FeaturesTextOptions, FlagDocument } from "../../file/mod.ts";
import { documentFromFeatures, FeaturesError } from "../../file/mod.ts";
import { DocumentError } from "../../mod.ts";

/** Folders of files, in one that is removed at the end of a test file. */
export class FlagFiles {
  readonly #root: string = mkdtempSync(join(tmpdir(), "flipt-file-"));
  #folders = 0;

  /** A new folder with files in it; what ends in a slash is a folder. */
  readonly folder = (files: Readonly<Record<string, string | Uint8Array>> = {}): string => {
    const path = join(this.#root, String(++this.#folders));
    mkdirSync(path);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), content);
    }
    return path;
  };

  /** Removes them all. */
  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** A boolean flag, in YAML. */
export function yamlFlag(key: string, namespace?: string): string {
  const first = namespace === undefined ? "" : `namespace: ${namespace}\n`;
  return `${first}flags:\n  - key: ${key}\n    name: A flag\n    type: BOOLEAN_FLAG_TYPE\n    enabled: true\n`;
}

/** The keys of the flags of a document. */
export function keysOf(document: FlagDocument | undefined): string[] {
  return document?.flags.map(({ key }) => key) ?? [];
}

/** The lines of the error that a text gives. */
export async function problemsOf(text: string, options?: FeaturesTextOptions): Promise<string[]> {
  try {
    await documentFromFeatures(text, options);
  } catch (error) {
    assert.ok(error instanceof FeaturesError, String(error));
    assert.ok(error instanceof DocumentError);
    for (const { message } of error.problems) {
      assert.ok(error.problems.length > 20 || error.message.includes(message));
    }
    return error.problems.map(({ line, column, message }) =>
      line === undefined ? message : `${line}:${column} ${message}`
    );
  }
  return [];
}
