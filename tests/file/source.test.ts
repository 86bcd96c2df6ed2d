// A client whose flags come from files: how it starts, follows changes, and gets over everything that editors do.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FetchError, FliptClient, ValidationError } from "../../mod.ts";
import type { ClientOptions, DocumentSource, UpdateEvent } from "../../mod.ts";
import { FeaturesError, fileSource } from "../../file/mod.ts";
import { stampOf } from "../../file/stamp.ts";
import { Watcher } from "../../file/watch.ts";
import { flagDocument } from "../../testing/mod.ts";

const root = mkdtempSync(join(tmpdir(), "flipt-source-"));
after(() => rmSync(root, { recursive: true, force: true }));

const isDeno = "Deno" in globalThis;

let folders = 0;

/** A new, empty folder. */
function folder(): string {
  const path = join(root, String(++folders));
  mkdirSync(path);
  return path;
}

/** A boolean flag `a`, in YAML. */
function yaml(enabled: boolean, key = "a"): string {
  return `flags:\n  - key: ${key}\n    name: A\n    type: BOOLEAN_FLAG_TYPE\n    enabled: ${enabled}\n`;
}

function isOn(client: FliptClient): boolean {
  return client.evaluateBoolean("a", "user-1").enabled;
}

/** Settles as `promise` does. Watching keeps no process alive: the timer does, and ends a wait that is in vain. */
async function soon<Value>(promise: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("nothing came within 10 s")), 10_000);
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}

/** Settles with the next update; an error that comes before fails the test. */
function nextUpdate(client: FliptClient): Promise<UpdateEvent> {
  return soon(
    new Promise((resolve, reject) => {
      const stops = [
        client.on("update", (event) => settle(() => resolve(event))),
        client.on("error", (error) => settle(() => reject(error))),
      ];
      const settle = (done: () => void): void => {
        for (const stop of stops) stop();
        done();
      };
    }),
  );
}

/** Settles with the next error. */
function nextError(client: FliptClient): Promise<Error> {
  return soon(
    new Promise((resolve) => {
      const stop = client.on("error", (error) => {
        stop();
        resolve(error);
      });
    }),
  );
}

/** A client that watches `paths`. */
function watching(paths: string | readonly string[]): Promise<FliptClient> {
  return FliptClient.init({ source: fileSource(paths, { watch: true }), engine: "portable" });
}

test("a client answers from a file, without a server", async () => {
  const shop = fileURLToPath(new URL("../fixtures/shop/features.yml", import.meta.url));
  const source = fileSource(shop);
  assert.equal(source.name, `the file ${shop}`);
  await using client = await FliptClient.init({ source, namespace: "shop" });
  assert.equal(client.evaluateVariant("checkout-flow", "staff-1").variantKey, "express");
  assert.equal(client.evaluateBoolean("dark-mode", "user-1").enabled, true);
  assert.equal(client.status.state, "ready");
  assert.match(client.status.digest ?? "", /^[\da-f]{40}$/);
});

test("refresh reads the file again, and tells whether it has changed", async () => {
  const file = join(folder(), "features.yml");
  writeFileSync(file, yaml(true));
  await using client = await FliptClient.init({ source: fileSource(file) });
  assert.equal(await client.refresh(), false);
  writeFileSync(file, `# another comment\n${yaml(true)}`);
  assert.equal(await client.refresh(), false);
  writeFileSync(file, yaml(false));
  assert.equal(await client.refresh(), true);
  assert.equal(isOn(client), false);
});

test("a file that is not usable rejects init, and later leaves the last good state", async () => {
  const file = join(folder(), "features.yml");
  const source = fileSource(file);
  await assert.rejects(FliptClient.init({ source }), {
    name: "FeaturesError",
    message: /there is no such file/,
  });
  writeFileSync(file, "flags:\n  - key: a\n");
  await assert.rejects(FliptClient.init({ source }), {
    message: `${file}:2:5: a flag needs a name: add name: …`,
  });
  writeFileSync(file, yaml(true));
  await assert.rejects(FliptClient.init({ source, namespace: "nope" }), { name: "FetchError", status: 404 });
  await using client = await FliptClient.init({ source });
  writeFileSync(file, "flags: 3\n");
  const told = nextError(client);
  await assert.rejects(client.refresh(), FeaturesError);
  assert.equal((await told).message, `${file}:1:8: flags of the document must be a list, not the number 3`);
  assert.equal(isOn(client), true);
  assert.equal(client.status.state, "ready");
  assert.equal(client.status.consecutiveFailures, 1);
  writeFileSync(file, yaml(false));
  assert.equal(await client.refresh(), true);
  assert.equal(client.status.consecutiveFailures, 0);
});

test("with the error strategy fallback a client starts without its file, and has it when it is there", async () => {
  const file = join(folder(), "features.yml");
  await using client = await FliptClient.init({
    source: fileSource(file, { watch: true }),
    errorStrategy: "fallback",
    engine: "portable",
  });
  assert.equal(client.status.state, "failed");
  const update = nextUpdate(client);
  writeFileSync(file, yaml(true));
  await update;
  assert.equal(isOn(client), true);
});

test("the options of a server are refused beside a source, all in one error", async () => {
  const source = fileSource("features.yml");
  const options: ClientOptions = {
    source,
    url: "https://localhost:1",
    environment: "x",
    authentication: { clientToken: "token" },
    fetchMode: "streaming",
    updateInterval: 1,
    reference: "main",
    tls: { insecureSkipVerify: true },
    fetcher: () => Promise.reject(new Error("not called")),
  };
  await assert.rejects(FliptClient.init(options), (error) => {
    assert.ok(error instanceof ValidationError);
    for (const name of Object.keys(options).filter((option) => option !== "source")) {
      assert.match(
        error.message,
        new RegExp(`- ${name} and source cannot both be given: a source is read in place`),
      );
    }
    return true;
  });
  const wrong: [unknown, RegExp][] = [
    [
      "features.yml",
      /source must be an object with load\(\), such as fileSource\("features.yml"\), but is a string/,
    ],
    [{}, /source must have a function load\(\), but has none/],
    [{ load: () => "", watch: 3 }, /source must have a function as its watch/],
    [{ load: () => "", name: 3 }, /source must have a string as its name, but has a number/],
  ];
  for (const [value, message] of wrong) {
    await assert.rejects(FliptClient.init({ source: value as DocumentSource }), { message });
  }
});

test("a source of one's own gives text or bytes, and what it does wrong is told", async () => {
  const text = JSON.stringify(flagDocument({ a: true }, "shop"));
  const asked: string[] = [];
  const load = ({ namespace }: { readonly namespace: string }): Promise<string> => {
    asked.push(namespace);
    return Promise.resolve(text);
  };
  await using client = await FliptClient.init({ source: { load }, namespace: "shop", engine: "portable" });
  assert.equal(isOn(client), true);
  assert.deepEqual(asked, ["shop"]);
  const bytes = new TextEncoder().encode(text);
  (await FliptClient.init({ source: { load: () => Promise.resolve(bytes) }, namespace: "shop" })).close();
  const failing: [() => unknown, RegExp][] = [
    [() => Promise.reject(new Error("no bucket")), /^the bucket could not be read: no bucket$/],
    [() => {
      throw new Error("at once");
    }, /^the bucket could not be read: at once$/],
    [() => ({}), /^the bucket must give JSON as a string or a Uint8Array, but gave an object$/],
    [() => undefined, /but gave undefined$/],
    [() => "not JSON", /not a valid document/],
  ];
  for (const [load, message] of failing) {
    const source = { name: "the bucket", load } as DocumentSource;
    await assert.rejects(FliptClient.init({ source, engine: "portable" }), { message });
  }
  const silent: DocumentSource = { name: "the bucket", load: () => new Promise(() => {}) };
  await assert.rejects(FliptClient.init({ source: silent, requestTimeout: 0.05 }), (error) => {
    assert.ok(error instanceof FetchError);
    assert.match(error.message, /^the bucket gave no complete answer within 0\.05 s/);
    return true;
  });
});

test("a change that is told in the middle of an update is read by another one", async () => {
  let changed = (): void => {};
  let stops = 0;
  let answer = (_text: string): void => {};
  let loads = 0;
  const document = (on: boolean): string => JSON.stringify(flagDocument({ a: on }));
  const source: DocumentSource = {
    load: () => {
      loads++;
      return loads === 1 ? Promise.resolve(document(true)) : new Promise((resolve) => answer = resolve);
    },
    watch: (listener) => {
      changed = listener;
      return () => void stops++;
    },
  };
  const client = await FliptClient.init({ source, engine: "portable" });
  const refreshed = client.refresh();
  changed();
  answer(document(true));
  assert.equal(await refreshed, false);
  const update = nextUpdate(client);
  while (loads < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  answer(document(false));
  await update;
  assert.equal(loads, 3);
  client.close();
  client.close();
  assert.equal(stops, 1);
  changed();
  await client[Symbol.asyncDispose]();
  assert.equal(loads, 3);
});

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
  await change(() => writeFileSync(join(path, ".flipt.yml"), 'include: ["*.yml"]\n'), ["a", "b"]);
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
  writeFileSync(two, JSON.stringify({ flags: [{ key: "a", name: "B", enabled: false }] }));
  assert.equal(
    (await error).message,
    `${two}:1:18: namespace "default" already has a flag "a", in ${one}:2: remove one or give it another key`,
  );
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

/** Runs a program that prints what flag `a` of a source is, and what else happens, with permissions where it has any. */
async function run(source: string, permissions: readonly string[]): Promise<string> {
  const path = folder();
  const program = join(path, "program.ts");
  const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  writeFileSync(
    program,
    `import { FliptClient } from ${here("../../mod.ts")};
import { fileSource } from ${here("../../file/mod.ts")};
FliptClient.init({ source: fileSource(${JSON.stringify(source)}, { watch: true }), engine: "portable" })
  .then((client) => console.log(client.evaluateBoolean("a", "user-1").enabled), ({ message }) => console.log(message));
`,
  );
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const args = isDeno ? ["run", "--no-check", "--config", config, ...permissions, program] : [program];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (bytes) => output += String(bytes));
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0);
  return output.trim();
}

test("watching does not keep the process alive", { timeout: 20_000 }, async () => {
  const path = folder();
  writeFileSync(join(path, "features.yml"), yaml(true));
  assert.equal(await run(path, ["-A"]), "true");
});

test("on Deno files take permissions, and nobody is prompted for one", {
  skip: !isDeno && "only Deno has permissions",
  timeout: 20_000,
}, async () => {
  const path = folder();
  const [one, two] = [join(path, "one.yml"), join(path, "two.json")];
  writeFileSync(one, yaml(true));
  writeFileSync(
    two,
    JSON.stringify({ flags: [{ key: "a", name: "A", type: "BOOLEAN_FLAG_TYPE", enabled: true }] }),
  );
  assert.equal(
    // Without any, Deno gives a child of its own all.
    await run(one, ["--allow-net=localhost"]),
    `${one}: cannot be read: Deno has no permission for it: add --allow-read=${one}`,
  );
  assert.match(
    await run(one, [`--allow-read=${one}`]),
    /add --allow-env=LOG_TOKENS,LOG_STREAM; JSON files do not need it$/,
  );
  assert.equal(await run(one, [`--allow-read=${path}`, "--allow-env=LOG_TOKENS,LOG_STREAM"]), "true");
  assert.equal(await run(two, [`--allow-read=${two}`]), "true");
});
