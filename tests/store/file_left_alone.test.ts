// What the file store does with what it did not write: other things at its path, and what killed processes left.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { fileStore } from "../../store/file.ts";
import { Folder } from "../support/stores.ts";

const runtimeParameters = "Deno" in globalThis ? ["run", "-A", "--no-check", "--quiet"] : [];
const NAME = "flags.snapshot";
const skip = process.platform === "win32" && "no links, pipes or sockets in folders";

function temporaryName(): string {
  return `${NAME}.${crypto.randomUUID()}.tmp`;
}

/** Makes a file look as if it was written an hour ago. */
function age(file: string): void {
  const then = Date.now() / 1000 - 3600;
  utimesSync(file, then, then);
}

test("what is no file is never replaced, and the error says what it is", { skip }, async () => {
  using folder = new Folder();
  writeFileSync(folder.file("target"), "of another");
  symlinkSync(folder.file("target"), folder.file("link"));
  symlinkSync("/dev/null", folder.file("device"));
  symlinkSync(folder.file("nothing"), folder.file("dangling"));
  mkdirSync(folder.file("folder"));
  assert.equal(spawnSync("mkfifo", [folder.file("pipe")]).status, 0);
  const server = createServer().listen(folder.file("socket"));
  await once(server, "listening");
  const kinds = {
    link: "a symbolic link",
    device: "a symbolic link",
    dangling: "a symbolic link",
    folder: "a folder",
    pipe: "a named pipe",
    socket: "a socket",
  };
  const before = readdirSync(folder.path).sort();
  for (const [name, kind] of Object.entries(kinds)) {
    const path = folder.file(name);
    const { ino } = lstatSync(path);
    await assert.rejects(fileStore(path).save("snapshot"), {
      name: "FliptError",
      message: `${path} is ${kind}, not a file: it is left as it is`,
    });
    assert.equal(lstatSync(path).ino, ino, name);
  }
  assert.equal(readFileSync(folder.file("target"), "utf8"), "of another");
  assert.deepEqual(readdirSync(folder.path).sort(), before);
  server.close();
});

test(
  "a pipe or device is not waited for when it is loaded; a link to a file is followed",
  { skip },
  async () => {
    using folder = new Folder();
    assert.equal(spawnSync("mkfifo", [folder.file("pipe")]).status, 0);
    await assert.rejects(fileStore(folder.file("pipe")).load(), /is a named pipe, not a file/);
    await assert.rejects(fileStore("/dev/zero").load(), /is a device, not a file/);
    writeFileSync(folder.file("target"), "snapshot");
    symlinkSync(folder.file("target"), folder.file("link"));
    assert.equal(await fileStore(folder.file("link")).load(), "snapshot");
  },
);

test("temporary files that nobody writes to any more are deleted, and nothing else", async () => {
  using folder = new Folder();
  const stale = temporaryName();
  const kept = [
    temporaryName(),
    `${NAME}.tmp`,
    `${NAME}.old.tmp`,
    `other.${crypto.randomUUID()}.tmp`,
    `${temporaryName()}.tmp`,
  ];
  for (const name of [stale, ...kept]) writeFileSync(folder.file(name), "half");
  for (const name of [stale, ...kept.slice(1)]) age(folder.file(name));
  await fileStore(folder.file(NAME)).save("snapshot");
  assert.deepEqual(readdirSync(folder.path).sort(), [NAME, ...kept].sort());
});

test("processes killed in the middle of saving leave a whole snapshot, and the next one sweeps", async () => {
  using folder = new Folder();
  const file = folder.file(NAME);
  const program = folder.file("program.ts");
  const store = new URL("../../store/file.ts", import.meta.url).href;
  const snapshots = ["a", "b"].map((letter) => letter.repeat(20_000_000));
  writeFileSync(
    program,
    `import { fileStore } from ${JSON.stringify(store)};
    const store = fileStore(${JSON.stringify(file)});
    for (let n = 0;; n++) await store.save((n % 2 ? "a" : "b").repeat(20_000_000));`,
  );
  const left = (): string[] => readdirSync(folder.path).filter((name) => name.endsWith(".tmp"));
  for (let turn = 0; turn < 10 && left().length === 0; turn++) {
    const child = spawn(process.execPath, [...runtimeParameters, program], { stdio: "inherit" });
    const ended = once(child, "exit");
    while (left().length === 0 && child.exitCode === null) await new Promise(setImmediate);
    child.kill("SIGKILL");
    await ended;
    const saved = await fileStore(file).load();
    assert.ok(saved === undefined || snapshots.includes(saved));
  }
  assert.equal(left().length, 1);
  left().forEach((name) => age(folder.file(name)));
  await fileStore(file).save("snapshot");
  assert.deepEqual(readdirSync(folder.path).sort(), [NAME, "program.ts"]);
});
