// Snapshot stores: that they keep what they are given, and what a client does with one.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ClientOptions, FetcherResponse, FliptClient, SnapshotStore } from "../../../mod.ts";
import { FetchError, fileStore, FliptError, ValidationError } from "../../../mod.ts";
import { resolveOptions } from "../../../src/options/options.ts";
import { StoreKeeper } from "../../../src/state/store_keeper.ts";
import { denoKvStore } from "../../../store/deno_kv.ts";
import type { RedisCommands } from "../../../store/redis.ts";
import { redisStore } from "../../../store/redis.ts";
import { MemoryKv } from "../../support/memory_kv.ts";
import { missingRedis, RedisServer } from "../../support/redis.ts";
import { booleanDocument, ManualClock, shopDocument, testClient } from "../../support/runtime.ts";
import type { DocumentJson } from "../../support/server.ts";

const isDeno = "Deno" in globalThis;
const isBun = "Bun" in globalThis;

/** A folder that is deleted at the end of a `using` block. */
class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), "flipt-store-"));

  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A store in memory that does what the test wants it to. */
class MemoryStore implements SnapshotStore {
  readonly saved: string[] = [];
  held: string | undefined;
  saving = 0;
  mostAtOnce = 0;
  gate: () => Promise<void> = () => Promise.resolve();

  constructor(held?: string) {
    this.held = held;
  }

  load(): Promise<string | undefined> {
    return Promise.resolve(this.held);
  }

  async save(snapshot: string): Promise<void> {
    this.saving++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.saving);
    try {
      await this.gate();
      this.saved.push(snapshot);
      this.held = snapshot;
    } finally {
      this.saving--;
    }
  }
}

/** A promise and what settles it. */
function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

/** Lets everything that is ready to run do so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A fetcher that gives these, one after the other; 404, which is not retried, when there are no more. */
function documents(...list: DocumentJson[]): () => Promise<FetcherResponse> {
  return () => {
    const next = list.shift();
    return Promise.resolve(next === undefined ? new Response("", { status: 404 }) : Response.json(next));
  };
}

function options(more: ClientOptions): ClientOptions {
  return { namespace: "shop", updateInterval: 0, errorStrategy: "fallback", ...more };
}

/** A client whose first fetch fails. */
async function offline(store: SnapshotStore, more: ClientOptions = {}): Promise<FliptClient> {
  const { client } = await testClient(options({ store, fetcher: documents(), ...more }));
  return client;
}

/** The snapshot of a document, as a client takes it. */
async function snapshotOf(document: DocumentJson, namespace = "shop"): Promise<string> {
  const { client } = await testClient({ namespace, updateInterval: 0, fetcher: documents(document) });
  using _ = client;
  return client.getSnapshot();
}

/** Runs `body` and gives what was printed as warnings meanwhile. */
async function warnings(body: () => Promise<void>): Promise<unknown[][]> {
  const printed: unknown[][] = [];
  const warn = console.warn;
  console.warn = (...parameters: unknown[]) => void printed.push(parameters);
  try {
    await body();
  } finally {
    console.warn = warn;
  }
  return printed;
}

// Files

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

// What a client does with a store

test("a client that cannot reach the server starts from what an earlier one has saved", async () => {
  using folder = new Folder();
  const store = fileStore(folder.file("flags.snapshot"));
  const first = await testClient(options({ store, fetcher: documents(shopDocument()) }));
  assert.equal(first.client.evaluateVariant("banner", "e").variantKey, "winter");
  await first.client[Symbol.asyncDispose]();

  using second = await offline(store);
  assert.equal(second.evaluateVariant("banner", "e").variantKey, "winter");
  assert.equal(second.getSnapshot(), readFileSync(folder.file("flags.snapshot"), "utf8"));
  assert.equal(second.status.state, "ready");
  assert.ok(second.status.lastError instanceof FetchError);
});

test("what the server answers goes before what is in the store", async () => {
  const store = new MemoryStore(await snapshotOf(booleanDocument("shop", "stored", true)));
  const { client } = await testClient(options({ store, fetcher: documents(shopDocument()) }));
  using _ = client;
  assert.deepEqual(client.listFlags().map(({ key }) => key), shopDocument().flags.map(({ key }) => key));
  assert.equal(store.held, client.getSnapshot());
});

test("what is in the store goes before the option snapshot, which stands in for a store without one", async () => {
  const snapshot = await snapshotOf(booleanDocument("shop", "given", true));
  const stored = await snapshotOf(booleanDocument("shop", "stored", true));
  using full = await offline(new MemoryStore(stored), { snapshot });
  assert.deepEqual(full.listFlags().map(({ key }) => key), ["stored"]);
  using empty = await offline(new MemoryStore(), { snapshot });
  assert.deepEqual(empty.listFlags().map(({ key }) => key), ["given"]);
});

test("starting from a store writes nothing to it, and the next good fetch does", async () => {
  const store = new MemoryStore(await snapshotOf(booleanDocument("shop", "stored", true)));
  const list: DocumentJson[] = [];
  const fetcher = (): Promise<FetcherResponse> => documents(...list)();
  const { client } = await testClient(options({ store, fetcher }));
  using _ = client;
  assert.deepEqual(store.saved, []);
  list.push(booleanDocument("shop", "fetched", true));
  assert.equal(await client.refresh(), true);
  assert.deepEqual(store.saved, [client.getSnapshot()]);
  assert.equal(await client.refresh(), false);
  assert.equal(store.saved.length, 1);
});

test("under fail, a store is written to but does not stand in for the server", async () => {
  const store = new MemoryStore();
  const { client } = await testClient(
    options({ store, errorStrategy: "fail", fetcher: documents(shopDocument()) }),
  );
  client.close();
  assert.equal(store.saved.length, 1);
  await assert.rejects(offline(store, { errorStrategy: "fail" }), FetchError);
});

test("content that is damaged or foreign is reported and ignored", async () => {
  using folder = new Folder();
  const good = await snapshotOf(shopDocument());
  const contents: Record<string, string> = {
    empty: "",
    text: "hello, world",
    cut: good.slice(0, good.length / 2),
    binary: "\0\u0001\ufffd",
    foreign: await snapshotOf(booleanDocument("other", "a", true), "other"),
  };
  for (const [name, content] of Object.entries(contents)) {
    const file = folder.file(name);
    writeFileSync(file, content);
    const printed = await warnings(async () => {
      using client = await offline(fileStore(file));
      assert.deepEqual(client.listFlags(), [], name);
      assert.equal(client.status.state, "failed");
    });
    assert.equal(printed.length, 1, name);
    const [text, error] = printed[0] ?? [];
    assert.match(String(text), /^flipt: trouble with the snapshot store; the client goes on:/);
    assert.ok(error instanceof FliptError);
    assert.ok(error.message.startsWith(`what the file ${file} holds is not usable, and is ignored: `), name);
    assert.ok(error.cause instanceof Error);
    assert.equal(readFileSync(file, "utf8"), content);
  }
});

test("a store that cannot be read, or gives no text, is reported and ignored", async () => {
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => Promise.reject(new Error("no connection")), /^my store could not be read: no connection/],
    [() => {
      throw new Error("at once");
    }, /^my store could not be read: at once/],
    [
      () => Promise.resolve(7),
      /^my store could not be read: load\(\) must give a string or undefined, but gave a num/,
    ],
    [() => Promise.resolve(null), /but gave null/],
  ];
  for (const [load, message] of cases) {
    const store = { name: "my store", load, save: () => Promise.resolve() } as SnapshotStore;
    const printed = await warnings(async () => (await offline(store)).close());
    assert.match((printed[0]?.[1] as Error).message, message);
  }
});

test("a store that never answers holds init up no longer than requestTimeout", async () => {
  const clock = new ManualClock();
  const asked = gate();
  const store: SnapshotStore = {
    load: () => {
      asked.open();
      return new Promise(() => {});
    },
    save: () => Promise.resolve(),
  };
  const printed = await warnings(async () => {
    const starting = testClient(options({ store, requestTimeout: 7, fetcher: documents() }), clock);
    await asked.promise;
    await settled();
    clock.advance(7_000);
    (await starting).client.close();
  });
  assert.equal(
    (printed[0]?.[1] as Error).message,
    "the snapshot store could not be read: it gave nothing within 7 s (the option requestTimeout)",
  );
  assert.deepEqual(clock.timers, []);
});

test("a signal ends the waiting for a store", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const store: SnapshotStore = {
    load: () => {
      queueMicrotask(() => controller.abort(reason));
      return new Promise(() => {});
    },
    save: () => Promise.resolve(),
  };
  await assert.rejects(offline(store, { signal: controller.signal }), reason);
});

test("a save that fails is told to those who listen, breaks nothing, and the next change is saved", async () => {
  const store = new MemoryStore();
  const list = [1, 2, 3].map((number) => booleanDocument("shop", `flag-${number}`, true));
  const { client, clock } = await testClient(options({ store, fetcher: documents(...list) }));
  await settled();
  assert.equal(store.saved.length, 1);
  const told: Error[] = [];
  client.on("error", (error) => told.push(error));
  store.gate = () => Promise.reject(new Error("disk full"));
  clock.advance(5_000);
  const printed = await warnings(async () => {
    assert.equal(await client.refresh(), true);
    await settled();
  });
  assert.deepEqual(printed, []);
  assert.deepEqual(told.map(({ message }) => message), [
    "the flag state could not be saved in the snapshot store: disk full",
  ]);
  assert.deepEqual(client.listFlags().map(({ key }) => key), ["flag-2"]);
  assert.equal(client.status.state, "ready");
  store.gate = () => Promise.resolve();
  clock.advance(5_000);
  assert.equal(await client.refresh(), true);
  await settled();
  assert.equal(store.saved.length, 2);
  assert.equal(store.held, client.getSnapshot());
  client.close();
});

test("without listeners, trouble with the store is a warning, once", async () => {
  const store = new MemoryStore();
  store.gate = () => Promise.reject(new Error("disk full"));
  const list = [1, 2, 3].map((number) => booleanDocument("shop", `flag-${number}`, true));
  const printed = await warnings(async () => {
    const { client, clock } = await testClient(options({ store, fetcher: documents(...list) }));
    for (const _ of [2, 3]) {
      await settled();
      clock.advance(5_000);
      assert.equal(await client.refresh(), true);
    }
    client.close();
    await settled();
  });
  assert.equal(printed.length, 1);
});

test("the end of an `await using` block waits until the last state is saved", async () => {
  const store = new MemoryStore();
  const slow = gate();
  store.gate = () => slow.promise;
  const list = [1, 2].map((number) => booleanDocument("shop", `flag-${number}`, true));
  const { client } = await testClient(options({ store, fetcher: documents(...list) }));
  assert.equal(await client.refresh(), true);
  const last = client.getSnapshot();
  let isDisposed = false;
  const disposed = client[Symbol.asyncDispose]().then(() => void (isDisposed = true));
  await settled();
  assert.equal(isDisposed, false);
  slow.open();
  await disposed;
  assert.equal(store.saved.length, 2);
  assert.equal(store.held, last);
  assert.equal(store.mostAtOnce, 1);
});

// When it is saved

/** A keeper of a store in memory, whose state is a number that the test sets. */
function keeper(store: MemoryStore = new MemoryStore()): {
  readonly store: MemoryStore;
  readonly clock: ManualClock;
  readonly keeper: StoreKeeper;
  readonly errors: FliptError[];
  change(state: number): void;
} {
  const clock = new ManualClock();
  const errors: FliptError[] = [];
  let current = 0;
  const made = new StoreKeeper({
    store,
    clock,
    snapshot: () => `state ${current}`,
    report: (error) => errors.push(error),
  });
  const change = (state: number): void => {
    current = state;
    made.changed();
  };
  return { store, clock, keeper: made, errors, change };
}

test("a burst of changes is two writes: the first at once, the last after a rest", async () => {
  const { store, clock, change } = keeper();
  for (let state = 1; state <= 1_000; state++) change(state);
  await settled();
  assert.deepEqual(store.saved, ["state 1"]);
  clock.advance(4_999);
  await settled();
  assert.deepEqual(store.saved, ["state 1"]);
  clock.advance(1);
  await settled();
  assert.deepEqual(store.saved, ["state 1", "state 1000"]);
  clock.advance(60_000);
  await settled();
  assert.equal(store.saved.length, 2);
  assert.deepEqual(clock.timers, []);
  change(1_001);
  await settled();
  assert.equal(store.held, "state 1001");
});

test("changes without end are saved all the same, every five seconds, never two at once", async () => {
  const { store, clock, change } = keeper();
  for (let second = 0; second < 60; second++) {
    change(second);
    await settled();
    clock.advance(1_000);
  }
  assert.equal(store.saved.length, 12);
  assert.equal(store.mostAtOnce, 1);
});

test("a slow write is waited for", async () => {
  const { store, clock, change } = keeper();
  const slow = gate();
  store.gate = () => slow.promise;
  change(1);
  change(2);
  clock.advance(3_600_000);
  await settled();
  assert.equal(store.saving, 1);
  slow.open();
  await settled();
  assert.deepEqual(store.saved, ["state 1"]);
  clock.advance(5_000);
  await settled();
  assert.deepEqual(store.saved, ["state 1", "state 2"]);
  assert.equal(store.mostAtOnce, 1);
});

test("the timer between two writes does not keep the process alive", async () => {
  const { clock, change } = keeper();
  change(1);
  await settled();
  assert.deepEqual(clock.timers.map(({ background }) => background), [true]);
});

test("closing saves what is not saved yet, once, and nothing afterwards", async () => {
  const resting = keeper();
  resting.change(1);
  await settled();
  resting.change(2);
  resting.keeper.close();
  resting.change(3);
  await resting.keeper.idle();
  assert.deepEqual(resting.store.saved, ["state 1", "state 2"]);
  assert.deepEqual(resting.clock.timers, []);

  const saving = keeper();
  const slow = gate();
  saving.store.gate = () => slow.promise;
  saving.change(1);
  saving.change(2);
  saving.keeper.close();
  saving.keeper.close();
  slow.open();
  await saving.keeper.idle();
  assert.deepEqual(saving.store.saved, ["state 1", "state 2"]);
  assert.equal(saving.store.mostAtOnce, 1);
  assert.deepEqual(saving.clock.timers, []);

  const clean = keeper();
  clean.keeper.close();
  await clean.keeper.idle();
  assert.deepEqual(clean.store.saved, []);
});

test("what an option store must be", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [
      "flags.snapshot",
      'must be an object with load() and save(), such as fileStore("flags.snapshot"), but is a string',
    ],
    [{ load: () => {} }, "must have load() and save(), but lacks one of them"],
    [{ load: () => {}, save: () => {}, name: 7 }, "must have a string as its name, but has a number"],
  ];
  for (const [store, problem] of cases) {
    assert.throws(() => resolveOptions({ store } as ClientOptions), (error: unknown) => {
      assert.ok(error instanceof ValidationError);
      assert.deepEqual(error.message.split("\n").slice(1), [`- store ${problem}`]);
      return true;
    });
  }
});

// Redis

const withoutRedis = missingRedis();

/** A large snapshot, and its way there and back through a store. */
async function assertKeeps(store: SnapshotStore): Promise<void> {
  assert.equal(await store.load(), undefined);
  const large = "0123456789abcdef".repeat(250_000);
  for (const snapshot of ["first", large, ""]) {
    await store.save(snapshot);
    assert.equal(await store.load(), snapshot);
  }
  const { client } = await testClient(options({ store, fetcher: documents(shopDocument()) }));
  await client[Symbol.asyncDispose]();
  using second = await offline(store);
  assert.equal(second.evaluateVariant("banner", "e").variantKey, "winter");
}

test("a Redis keeps snapshots, over node-redis", { skip: withoutRedis }, async () => {
  const { createClient } = await import("redis");
  await using server = await RedisServer.start();
  const client = createClient({ url: server.url });
  await client.connect();
  await assertKeeps(redisStore(client, "flipt:shop"));
  await client.close();
});

test("a Redis keeps snapshots, over ioredis", { skip: withoutRedis }, async () => {
  const { Redis } = await import("ioredis");
  await using server = await RedisServer.start();
  const client = new Redis(server.port, "127.0.0.1");
  await assertKeeps(redisStore(client, "flipt:shop"));
  client.disconnect();
});

test("a Redis keeps snapshots, over Bun's own client", {
  skip: withoutRedis || (!isBun && "the client is Bun's"),
}, async () => {
  const name = "bun";
  const { RedisClient } = await import(name) as {
    RedisClient: new (url: string) => RedisCommands & { close(): void };
  };
  await using server = await RedisServer.start();
  const client = new RedisClient(server.url);
  await assertKeeps(redisStore(client, "flipt:shop"));
  client.close();
});

test("a Redis that is gone is reported, and the client goes on", { skip: withoutRedis }, async () => {
  const { Redis } = await import("ioredis");
  let client: InstanceType<typeof Redis>;
  {
    await using server = await RedisServer.start();
    client = new Redis(server.port, "127.0.0.1", { maxRetriesPerRequest: 1 });
    await client.ping();
    client.on("error", () => {});
  }
  const printed = await warnings(async () => (await offline(redisStore(client, "flipt:shop"))).close());
  assert.match((printed[0]?.[1] as Error).message, /^the Redis key flipt:shop could not be read: /);
  client.disconnect();
});

test("a Redis that goes away does not end the process, though nobody listens to its client", {
  skip: withoutRedis,
}, async () => {
  const { createClient } = await import("redis");
  const server = await RedisServer.start();
  const client = createClient({ url: server.url });
  const store = redisStore(client, "flipt:shop");
  assert.equal(client.listenerCount("error"), 1);
  await client.connect();
  await assertKeeps(store);
  const lost = new Promise((resolve) => client.once("error", resolve));
  await server[Symbol.asyncDispose]();
  await lost;
  client.destroy();
  const heard = createClient({ url: server.url }).on("error", () => {});
  redisStore(heard, "flipt:shop");
  assert.equal(heard.listenerCount("error"), 1);
});

// Deno KV

test(
  "Deno KV keeps snapshots of any size, and gives no half of one",
  { skip: !isDeno && "Deno's own" },
  async () => {
    const child = spawn(
      process.execPath,
      [
        "run",
        "-A",
        "--no-check",
        "--unstable-kv",
        fileURLToPath(new URL("../../support/deno_kv.ts", import.meta.url)),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let output = "";
    child.stdout.on("data", (chunk) => output += chunk);
    assert.equal(await new Promise((resolve) => child.once("close", resolve)), 0);
    assert.deepEqual(JSON.parse(output), {
      before: true,
      0: true,
      1: true,
      60000: true,
      60001: true,
      720001: true,
      5000000: true,
      torn: 0,
      left: 6,
    });
  },
);

test("a key of Deno KV keeps what a client saves, and nothing of what was before", async () => {
  const kv = new MemoryKv();
  const store = denoKvStore(kv, ["flipt", "shop"]);
  await assertKeeps(store);
  await store.save("x".repeat(130_000));
  assert.equal(kv.size, 1 + 3);
  assert.equal(store.name, "the Deno KV key [flipt, shop]");
});

test("a reader in whose midst the snapshot is replaced gives the new one", async () => {
  const kv = new MemoryKv();
  const store = denoKvStore(kv, ["flipt"]);
  await store.save("a".repeat(200_000));
  let isReplaced = false;
  kv.beforeGet = async (key) => {
    if (isReplaced || key[1] !== "chunk") return;
    isReplaced = true;
    await store.save("b".repeat(200_000));
  };
  assert.equal(await store.load(), "b".repeat(200_000));
  assert.equal(isReplaced, true);
});

test("a writer that dies half-way changes nothing, and what it left is deleted when it is old", async () => {
  const kv = new MemoryKv();
  const store = denoKvStore(kv, ["flipt"]);
  await store.save("good");
  const now = Date.now;
  try {
    Date.now = () => now() - 7_200_000;
    let commits = 0;
    kv.beforeCommit = () => {
      if (++commits === 2) throw new Error("the process died");
    };
    await assert.rejects(store.save("x".repeat(1_000_000)), /the process died/);
  } finally {
    Date.now = now;
  }
  kv.beforeCommit = () => {};
  assert.equal(await store.load(), "good");
  assert.equal(kv.size, 2 + 12);
  await store.save("better");
  assert.equal(await store.load(), "better");
  assert.equal(kv.size, 2);
});

test("of two writers at once, one wins, and the other's parts are gone", async () => {
  const kv = new MemoryKv();
  const store = denoKvStore(kv, ["flipt"]);
  await store.save("old");
  let isOther = true;
  kv.beforeGet = async () => {
    if (!isOther) return;
    isOther = false;
    await store.save("other".repeat(50_000));
  };
  await store.save("one".repeat(50_000));
  assert.equal(await store.load(), "one".repeat(50_000));
  assert.equal(kv.size, 1 + 3);
});

test("a key of Deno KV with something else in it is reported and ignored", async () => {
  const kv = new MemoryKv();
  await kv.atomic().set(["flipt"], "something else").commit();
  const printed = await warnings(async () => (await offline(denoKvStore(kv, ["flipt"]))).close());
  assert.equal(
    (printed[0]?.[1] as Error).message,
    "the Deno KV key [flipt] could not be read: its value was not written by this store",
  );
});

// Permissions

test(
  "on Deno, a file needs reading and writing in its folder; what is missing is reported, and nobody is prompted",
  {
    skip: !isDeno && "permissions are Deno's",
  },
  async () => {
    using folder = new Folder();
    const mod = new URL("../../../mod.ts", import.meta.url).href;
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
