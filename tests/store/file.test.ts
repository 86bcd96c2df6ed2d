// Snapshots in files.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { fileStore, FliptError, ValidationError } from "../../mod.ts";
import { Folder } from "../support/stores.ts";

const isDeno = "Deno" in globalThis;

test("a file gives back what was saved last, and nothing when there is none", async () => {
  using folder = new Folder();
  const store = fileStore(folder.file("flags.snapshot"));
  assert.equal(await store.load(), undefined);
  await store.save("first");
  assert.equal(await store.load(), "first");
  await store.save("second");
  assert.equal(await fileStore(folder.file("flags.snapshot")).load(), "second");
  assert.deepEqual(readdirSync(folder.path), ["flags.snapshot"]);
});

test("what is no path is told at once, not when something is saved", () => {
  const cases: readonly [unknown, string][] = [
    [undefined, "must be a string, but is undefined"],
    ["", "cannot be empty"],
    [1, "must be a string, but is a number"],
    [null, "must be a string, but is null"],
  ];
  for (const [path, problem] of cases) {
    assert.throws(
      () => fileStore(path as string),
      (error) => error instanceof ValidationError && error.message === `path of fileStore() ${problem}`,
    );
  }
});

test(
  "a file is readable for its owner only",
  { skip: process.platform === "win32" && "no modes" },
  async () => {
    using folder = new Folder();
    const file = folder.file("flags.snapshot");
    writeFileSync(file, "of another");
    chmodSync(file, 0o644);
    await fileStore(file).save("snapshot");
    assert.equal(statSync(file).mode & 0o777, 0o600);
  },
);

test("whoever reads a file while it is written finds a whole snapshot", async () => {
  using folder = new Folder();
  const file = folder.file("flags.snapshot");
  const snapshots = ["a", "b"].map((letter) => letter.repeat(500_000));
  await fileStore(file).save("a".repeat(500_000));
  let writing = 2;
  const writers = snapshots.map(async (snapshot) => {
    for (let round = 0; round < 10; round++) await fileStore(file).save(snapshot);
    writing--;
  });
  let reads = 0;
  while (writing > 0) {
    assert.ok(snapshots.includes(await fileStore(file).load() ?? ""));
    reads++;
  }
  await Promise.all(writers);
  assert.ok(reads > 0);
  assert.deepEqual(readdirSync(folder.path), ["flags.snapshot"]);
});

test("a file that cannot be written is an error that says why, and leaves nothing behind", async () => {
  using folder = new Folder();
  await assert.rejects(fileStore(folder.file("missing/flags.snapshot")).save("x"), (error: unknown) => {
    assert.ok(error instanceof FliptError);
    assert.equal(error.message, `there is no folder ${folder.file("missing")}`);
    return true;
  });
  // A folder stands where the file should be.
  using inner = new Folder();
  writeFileSync(inner.file("x"), "");
  await assert.rejects(fileStore(inner.path).save("x"));
  await assert.rejects(fileStore(inner.path).load());
  assert.deepEqual(readdirSync(tmpdir()).filter((name) => name.startsWith(`${inner.path}.`)), []);
});

test(
  "on Deno, a file needs reading and writing in its folder; what is missing is reported, and nobody is prompted",
  {
    skip: !isDeno && "permissions are Deno's",
  },
  async () => {
    using folder = new Folder();
    const mod = new URL("../../mod.ts", import.meta.url).href;
    const script = folder.file("main.ts");
    const file = folder.file("flags.snapshot");
    writeFileSync(
      script,
      `import { FliptClient, fileStore } from ${JSON.stringify(mod)};
    const store = fileStore(${JSON.stringify(file)});
    const options = { engine: "portable", errorStrategy: "fallback", store, updateInterval: 0 };
    const empty = { namespace: { key: "default" }, flags: [] };
    console.warn = (_text, error) => console.log(error.message);
    const run = async () => {
      await (await FliptClient.init({ ...options, fetcher: async () => Response.json({}, { status: 404 }) }))[Symbol.asyncDispose]();
      await (await FliptClient.init({ ...options, fetcher: async () => Response.json(empty) }))[Symbol.asyncDispose]();
    };
    run();`,
    );
    const run = async (...permissions: string[]): Promise<string[]> => {
      const child = spawn(process.execPath, ["run", "--no-check", ...permissions, script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let output = "";
      child.stdout.on("data", (chunk) => output += chunk);
      await new Promise((resolve) => child.once("close", resolve));
      return output.trim().split("\n").filter((line) => line !== "");
    };
    const unread = `the file ${file} could not be read: Deno has no permission for it: add`;
    const unsaved =
      `the flag state could not be saved in the file ${file}: Deno has no permission for it: add`;
    // A Deno that starts another one without any permission in its arguments gives it all of them.
    assert.deepEqual(await run("--allow-net=localhost"), [
      `${unread} --allow-read=${file}`,
      `${unsaved} --allow-write=${folder.path}`,
    ]);
    const read = `--allow-read=${file}`;
    const write = `--allow-write=${folder.path}`;
    assert.deepEqual(await run(read, write), [`${unsaved} --allow-read=${folder.path}`]);
    assert.deepEqual(readdirSync(folder.path), ["main.ts"]);
    assert.deepEqual(await run(`--allow-read=${folder.path}`, write), []);
    assert.deepEqual(readdirSync(folder.path).sort(), ["flags.snapshot", "main.ts"]);
  },
);
