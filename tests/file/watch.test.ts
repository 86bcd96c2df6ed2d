// Watching files: a client follows changes, and gets over everything that editors do.

import assert from "node:assert/strict";
import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileSource } from "../../file/mod.ts";
import { stampOf } from "../../file/stamp.ts";
import { Watcher } from "../../file/watch.ts";
import type { DocumentSource } from "../../mod.ts";
import { FliptClient } from "../../mod.ts";
import { isOn, nextError, nextUpdate, soon, watching, yaml } from "../support/file_clients.ts";
import { FlagFiles } from "../support/flag_files.ts";

const files = new FlagFiles();
after(() => files.remove());
const { folder } = files;

test("a watched file is read as soon as it is written, replaced, or linked to another", async () => {
  const path = folder();
  const file = join(path, "features.yml");
  writeFileSync(file, yaml(true));
  await using client = await watching(file);
  const change = async (write: () => void, on: boolean): Promise<void> => {
    const update = nextUpdate(client);
    write();
    assert.deepEqual((await update).changedFlags, ["a"]);
    assert.equal(isOn(client), on);
  };
  await change(() => writeFileSync(file, yaml(false)), false);
  await change(() => {
    writeFileSync(`${file}.tmp`, yaml(true));
    renameSync(`${file}.tmp`, file);
  }, true);
  await change(() => {
    unlinkSync(file);
    writeFileSync(file, yaml(false));
  }, false);
  writeFileSync(join(path, "on.yml"), yaml(true));
  writeFileSync(join(path, "off.yml"), yaml(false));
  await change(() => {
    symlinkSync(join(path, "on.yml"), join(path, "link"));
    renameSync(join(path, "link"), file);
  }, true);
});

test("many writes in a burst are few reads, and the last one counts", async () => {
  const file = join(folder(), "features.yml");
  writeFileSync(file, yaml(true));
  const source = fileSource(file, { watch: true });
  let loads = 0;
  const counting: DocumentSource = {
    load: (request) => {
      loads++;
      return source.load(request);
    },
    watch: (changed) => source.watch?.(changed) ?? (() => {}),
  };
  await using client = await FliptClient.init({ source: counting, engine: "portable" });
  const update = nextUpdate(client);
  for (let i = 0; i < 50; i++) writeFileSync(file, yaml(i % 2 === 1, i === 49 ? "last" : "a"));
  await update;
  assert.deepEqual(client.listFlags().map(({ key }) => key), ["last"]);
  assert.ok(loads <= 3, `${loads} reads`);
});

test("a file that is empty or missing for a moment is waited for, one that stays so is told", async () => {
  const file = join(folder(), "features.yml");
  writeFileSync(file, yaml(true));
  await using client = await watching(file);
  const update = nextUpdate(client);
  unlinkSync(file);
  await new Promise((resolve) => setTimeout(resolve, 200));
  writeFileSync(file, "");
  await new Promise((resolve) => setTimeout(resolve, 200));
  writeFileSync(file, yaml(false));
  await update;
  const error = nextError(client);
  unlinkSync(file);
  assert.equal((await error).message, `${file}: there is no such file or folder`);
  assert.equal(isOn(client), false);
  const back = nextUpdate(client);
  writeFileSync(file, yaml(true));
  await back;
});

test("a broken file is told with its place, once, and the next good one is read", async () => {
  const file = join(folder(), "features.yml");
  writeFileSync(file, yaml(true));
  await using client = await watching(file);
  const errors: string[] = [];
  client.on("error", ({ message }) => errors.push(message));
  const error = nextError(client);
  writeFileSync(file, `${yaml(false)}    rollout: []\n`);
  await error;
  assert.equal(isOn(client), true);
  const update = nextUpdate(client);
  writeFileSync(file, yaml(false));
  await update;
  assert.deepEqual(errors, [`${file}:6:5: a flag has no "rollout"; did you mean "rollouts"?`]);
});

test("a watched folder is followed: new files, new folders, its index, and its own replacement", async () => {
  const path = folder();
  writeFileSync(join(path, "features.yml"), yaml(true));
  await using client = await watching(path);
  const change = async (write: () => void, keys: readonly string[]): Promise<void> => {
    const update = nextUpdate(client);
    write();
    await update;
    assert.deepEqual(client.listFlags().map(({ key }) => key).sort(), keys);
  };
  await change(() => writeFileSync(join(path, "b.features.yml"), yaml(true, "b")), ["a", "b"]);
  await change(() => {
    mkdirSync(join(path, "deep"));
    writeFileSync(join(path, "deep", "features.yml"), yaml(true, "c"));
  }, ["a", "b", "c"]);
  await change(() => writeFileSync(join(path, "deep", "features.yml"), yaml(true, "d")), ["a", "b", "d"]);
  await change(() => writeFileSync(join(path, ".flipt.yml"), 'include: ["{b.,}features.yml"]\n'), ["a", "b"]);
  await change(() => unlinkSync(join(path, "b.features.yml")), ["a"]);
  const other = folder();
  writeFileSync(join(other, "features.yml"), yaml(true, "z"));
  await change(() => {
    renameSync(path, `${path}-old`);
    renameSync(other, path);
  }, ["z"]);
  await change(() => writeFileSync(join(path, "features.yml"), yaml(true, "y")), ["y"]);
});

test("files of a list are each watched", async () => {
  const [one, two] = [join(folder(), "one.yml"), join(folder(), "two.json")];
  writeFileSync(one, yaml(true));
  writeFileSync(two, JSON.stringify({ flags: [{ key: "b", name: "B", enabled: true }] }));
  await using client = await watching([one, two]);
  const update = nextUpdate(client);
  writeFileSync(two, JSON.stringify({ flags: [{ key: "b", name: "B", enabled: false }] }));
  assert.deepEqual((await update).changedFlags, ["b"]);
  const error = nextError(client);
  writeFileSync(two, JSON.stringify({ flags: [{ key: "b", enabled: false }] }));
  assert.equal((await error).message, `${two}:1:11: a flag needs a name: add name: …`);
});

test("a client that is closed reads nothing any more", async () => {
  const file = join(folder(), "features.yml");
  writeFileSync(file, yaml(true));
  const client = await watching(file);
  let updates = 0;
  client.on("update", () => updates++);
  writeFileSync(file, yaml(false));
  client.close();
  await client[Symbol.asyncDispose]();
  const other = await watching(file);
  const update = nextUpdate(other);
  writeFileSync(file, yaml(true));
  await update;
  other.close();
  assert.equal(updates, 0);
});

test("a watcher tells by events alone, by looking alone, of paths that come later, and nothing when stopped", async () => {
  const path = folder();
  const [one, two] = [join(path, "one"), join(path, "deep", "two")];
  writeFileSync(one, "1");
  let seen = { paths: [one], stamp: await stampOf([one]) };
  let told = Promise.withResolvers<void>();
  let count = 0;
  const changed = (): void => {
    count++;
    told.resolve();
    told = Promise.withResolvers();
  };
  const see = async (paths: string[]): Promise<void> => void (seen = { paths, stamp: await stampOf(paths) });
  const never = 1_000_000;
  const byEvents = new Watcher(() => seen, changed, never);
  byEvents.start();
  let next = told.promise;
  writeFileSync(one, "two");
  await soon(next);
  mkdirSync(join(path, "deep"));
  writeFileSync(two, "2");
  await see([one, two]);
  byEvents.update();
  next = told.promise;
  writeFileSync(two, "three");
  await soon(next);
  byEvents.stop();
  const before = count;
  const missing = join(path, "not", "there", "yet");
  await see([missing, join(path, "none")]);
  const byLooking = new Watcher(() => seen, changed, 20);
  byLooking.start();
  const control = Promise.withResolvers<void>();
  const running = new Watcher(() => seen, control.resolve, never);
  running.start();
  next = told.promise;
  mkdirSync(join(path, "not", "there"), { recursive: true });
  writeFileSync(missing, "3");
  await soon(next);
  byLooking.stop();
  writeFileSync(one, "four");
  // What runs is looking at the folder of the one that was stopped, too.
  await soon(control.promise);
  running.stop();
  assert.equal(count, before + 1);
});
