// The archive of the npm package: other programs read it, and it is the same for the same files.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { tarball } from "../../tasks/npm/tarball.ts";

const skip = spawnSync("tar", ["--version"]).status !== 0 && "there is no tar";

test("tar unpacks what was packed, with long paths and programs", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-"));
  try {
    const deep = `types/${"folder/".repeat(14)}module.d.ts`;
    const files = {
      "package.json": "{}\n",
      "lib/run.js": "#!/usr/bin/env node\n",
      "empty": "",
      [deep]: "x".repeat(513),
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, "in", path, ".."), { recursive: true });
      writeFileSync(join(folder, "in", path), text);
    }
    const archive = tarball(join(folder, "in"));
    assert.deepEqual(tarball(join(folder, "in")), archive);
    writeFileSync(join(folder, "archive.tgz"), archive);
    const { status, stderr } = spawnSync("tar", ["-xzf", "archive.tgz"], { cwd: folder, encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    for (const [path, text] of Object.entries(files)) {
      assert.equal(readFileSync(join(folder, "package", path), "utf8"), text);
    }
    assert.equal(statSync(join(folder, "package/lib/run.js")).mode & 0o111, 0o111);
    assert.equal(statSync(join(folder, "package/package.json")).mode & 0o111, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a path that no archive can have is an error", () => {
  const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-"));
  try {
    writeFileSync(join(folder, "x".repeat(120)), "");
    assert.throws(() => tarball(folder), /the path package\/x+ is too long for an archive/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
