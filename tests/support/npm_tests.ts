// Where the tests of the npm package run, and what they look at. They run in Node's run of the suite only, as they start
// the other runtimes themselves.

import assert from "node:assert/strict";
import process from "node:process";
import { ensureEngine } from "../../tasks/build_engine.ts";
import { toolPath } from "../../tasks/npm/tools.ts";
import { ownRuntime } from "../../tasks/runtimes.ts";
import type { Ended } from "./npm_package.ts";

/** Why nothing of it runs here. */
export const here: string | undefined = ownRuntime().name === "node"
  ? undefined
  : "the npm package is tested in Node's run";
/** Why nothing runs natively here. */
export const native: string | undefined = here ??
  (ensureEngine() === undefined ? "the native engine could not be built (no cargo?)" : undefined);
/** The executable of Deno. */
export const deno: string | undefined = process.env["DENO"];
/** Why nothing runs on Deno here. */
export const noDeno: string | undefined = deno === undefined
  ? "the variable DENO does not name Deno's executable"
  : undefined;

/** The `skip` of a test. */
export function skip(...reasons: (string | undefined)[]): { skip: false | string } {
  return { skip: reasons.find((reason) => reason !== undefined) ?? false };
}

/** Why a tool cannot be run here. */
export function noTool(name: Parameters<typeof toolPath>[0]): string | undefined {
  return toolPath(name) === undefined ? `${name} has not been fetched: run deno task test:npm` : undefined;
}

/** What a program printed of the engine and the answer. */
export function told(
  { status, stdout, all }: Ended,
): { kind?: string; library?: string; reason?: string; answer?: boolean } {
  assert.equal(status, 0, all);
  return JSON.parse(stdout);
}

/** Asserts that a program evaluated with a library of the folder. */
export function assertNative(ended: Ended, folder: string): void {
  const { kind, library, answer } = told(ended);
  assert.deepEqual({ kind, answer }, { kind: "native", answer: true }, ended.all);
  assert.ok(library?.includes(folder), ended.all);
}
