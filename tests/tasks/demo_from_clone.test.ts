// The demo as a newcomer runs it: a clone in which nothing was built or installed.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function works(command: string, ...parameters: string[]): boolean {
  return spawnSync(command, parameters).status === 0;
}

const skip = !("Deno" in globalThis)
  ? "it is Deno's task"
  : !works("cargo", "--version")
  ? "cargo is not installed"
  : !works("git", "-C", ROOT, "rev-parse") && "this is no checkout";

test(
  "the demo of a fresh clone builds the native engine and runs on it, and downloads no package",
  { skip },
  () => {
    const clone = mkdtempSync(join(tmpdir(), "flipt-ffi-clone-"));
    try {
      const { stdout } = spawnSync("git", ["-C", ROOT, "ls-files", "-co", "--exclude-standard"], {
        encoding: "utf8",
      });
      for (const file of stdout.trim().split("\n").filter((each) => existsSync(join(ROOT, each)))) {
        mkdirSync(dirname(join(clone, file)), { recursive: true });
        cpSync(join(ROOT, file), join(clone, file));
      }
      const { CARGO_TARGET_DIR: _, ...environment } = process.env;
      const { status, stdout: output, stderr } = spawnSync(process.execPath, ["task", "demo"], {
        cwd: clone,
        encoding: "utf8",
        env: { ...environment, NO_COLOR: "1", DENO_DIR: join(clone, "deno-cache") },
      });
      assert.equal(status, 0, stderr);
      assert.match(output, /^engine {3}native \(/m);
      assert.match(output, /all 32,000 answers are the same as before\n$/);
      assert.match(
        stderr,
        /Building the native engine with cargo \(once, .*\) …\n(?:.*\n)*The native engine is built, in \d+ s\.\n/,
      );
      assert.doesNotMatch(stderr, /Download|Ignored build scripts/);
      assert.equal(existsSync(join(clone, "node_modules")), false);
      assert.ok(stderr.split("\n").length < 10, stderr);
    } finally {
      rmSync(clone, { recursive: true, force: true });
    }
  },
);
