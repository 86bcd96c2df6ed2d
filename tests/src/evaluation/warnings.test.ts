// What a client warns of.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const parameters = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];

test("a context under another name, and values that count as absent, are warned of once", () => {
  const program = fileURLToPath(new URL("../../support/warnings_program.ts", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [...parameters, program], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  assert.equal(status, 0, stderr);
  assert.deepEqual(stderr.split("\n").filter((line) => line.startsWith("flipt: ")), [
    'flipt: a request has "ctx" in place of context, and is evaluated without one',
    'flipt: in the context, "email" is an object, which counts as absent: ' +
    "constraints compare strings, numbers and booleans",
  ]);
});
