// The folders above the one that libraries are kept in: who may rename in them could put another folder in its place,
// between the look at it and the opening.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, beforeEach, test } from "node:test";
import { isPrivateFolder, makePrivateFolder } from "../../../ffi/private_folder.ts";
import { currentPlatform } from "../../../ffi/platform.ts";

const isWindows = currentPlatform().operatingSystem === "windows";
const posix = { skip: isWindows && "Windows has neither these modes nor these links" };
const root = { skip: (isWindows || process.getuid?.() !== 0) && "only root can give a folder away" };

const scratch = mkdtempSync(join(tmpdir(), "flipt-parents-test-"));
let home: string;
let folder: string;

beforeEach(async () => {
  home = mkdtempSync(join(scratch, "home-"));
  folder = join(home, "cache", "flipt-ffi-engine");
  await makePrivateFolder(folder);
});

after(() => rmSync(scratch, { recursive: true }));

async function assertRefused(message: RegExp): Promise<void> {
  await assert.rejects(isPrivateFolder(folder), { name: "EngineError", message });
}

test("a folder is good where nobody else may rename what is above it", posix, async () => {
  assert.equal(await isPrivateFolder(folder), true);
  chmodSync(home, 0o755);
  assert.equal(await isPrivateFolder(folder), true);
});

test("a folder below one that others may write to is refused, with what to do", posix, async () => {
  for (const parent of [home, join(home, "cache")]) {
    for (const mode of [0o702, 0o777]) {
      chmodSync(parent, mode);
      await assertRefused(new RegExp(`is in ${parent}, which may be written to by other users: chmod go-w `));
      chmodSync(parent, 0o700);
    }
  }
  assert.equal(await isPrivateFolder(folder), true);
});

test("where nobody may rename what is another's, others may write", posix, async () => {
  chmodSync(home, 0o1777);
  assert.equal(await isPrivateFolder(folder), true);
});

test("a group may write above the folder when it is the user's own", root, async () => {
  chmodSync(home, 0o770);
  chownSync(home, 0, 0);
  assert.equal(await isPrivateFolder(folder), true);
  chownSync(home, 0, 12345);
  await assertRefused(/may be written to by other users/);
});

test("a folder below one that belongs to somebody else is refused", root, async () => {
  chownSync(home, 12345, 0);
  await assertRefused(new RegExp(`is in ${home}, which belongs to another user`));
});

test(
  "links above the folder are followed, and what is above their targets is looked at, too",
  posix,
  async () => {
    const target = mkdtempSync(join(scratch, "target-"));
    renameSync(join(home, "cache"), join(target, "cache"));
    symlinkSync(join(target, "cache"), join(home, "cache"));
    assert.equal(await isPrivateFolder(folder), true);
    chmodSync(target, 0o777);
    await assertRefused(new RegExp(`is in ${target}, which may be written to`));
    chmodSync(target, 0o700);
    chmodSync(home, 0o777);
    await assertRefused(new RegExp(`is in ${home}, which may be written to`));
  },
);

test("a folder that is not there has nothing above it to look at", posix, async () => {
  mkdirSync(join(home, "other"), { mode: 0o777 });
  assert.equal(await isPrivateFolder(join(home, "other", "flipt-ffi-engine")), false);
  assert.ok(statSync(join(home, "other")).isDirectory());
});
