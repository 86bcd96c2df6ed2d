// What a client does with its snapshot store.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { FetcherResponse, SnapshotStore } from "../../../mod.ts";
import { FetchError, fileStore, FliptError } from "../../../mod.ts";
import { booleanDocument, ManualClock, shopDocument, testClient } from "../../support/runtime.ts";
import type { DocumentJson } from "../../support/server.ts";
import {
  documents,
  Folder,
  gate,
  MemoryStore,
  offline,
  options,
  settled,
  snapshotOf,
} from "../../support/stores.ts";
import { warnings } from "../../support/warnings.ts";

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

for (const errorStrategy of ["fail", "strict"] as const) {
  test(`under ${errorStrategy}, a store is written to but does not stand in for the server`, async () => {
    const store = new MemoryStore();
    const { client } = await testClient(
      options({ store, errorStrategy, fetcher: documents(shopDocument()) }),
    );
    client.close();
    assert.equal(store.saved.length, 1);
    await assert.rejects(offline(store, { errorStrategy }), FetchError);
  });
}

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
    assert.match(String(text), /^flipt: the snapshot store failed; the client continues:/);
    assert.ok(error instanceof FliptError);
    assert.ok(error.message.startsWith(`what the file ${file} holds is not usable and is ignored: `), name);
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
      /^my store could not be read: load\(\) must return a string or undefined, but returned a num/,
    ],
    [() => Promise.resolve(null), /but returned null/],
  ];
  for (const [load, message] of cases) {
    const store = { name: "my store", load, save: () => Promise.resolve() } as SnapshotStore;
    const printed = await warnings(async () => (await offline(store)).close());
    assert.match((printed[0]?.[1] as Error).message, message);
  }
});

/** A store that never answers, and what settles when it is first asked. */
function silentStore(): { readonly store: SnapshotStore; readonly asked: Promise<void> } {
  const asked = gate();
  const load = (): Promise<undefined> => {
    asked.open();
    return new Promise(() => {});
  };
  return { store: { load, save: () => Promise.resolve() }, asked: asked.promise };
}

const NOT_READ =
  "the snapshot store could not be read: it returned nothing within 7 s (the option requestTimeout)";

/** The messages of the errors in what was printed. */
function messagesIn(printed: readonly (readonly unknown[])[]): string[] {
  return printed.flat().flatMap((part) => part instanceof Error ? [part.message] : []);
}

test("a store that never answers holds init up no longer than requestTimeout", async () => {
  const clock = new ManualClock();
  const { store, asked } = silentStore();
  const printed = await warnings(async () => {
    const starting = testClient(options({ store, requestTimeout: 7, fetcher: documents() }), clock);
    await asked;
    await settled();
    clock.advance(7_000);
    (await starting).client.close();
  });
  assert.deepEqual(messagesIn(printed), [NOT_READ]);
  assert.deepEqual(clock.timers, []);
});

test("without a first fetch, a store is waited for as long as requestTimeout", async () => {
  const clock = new ManualClock();
  const { store, asked } = silentStore();
  let requests = 0;
  const fetcher = (): Promise<FetcherResponse> => {
    requests++;
    return documents(shopDocument())();
  };
  const printed = await warnings(async () => {
    const more = { store, requestTimeout: 7, initialFetch: false, fetcher };
    const starting = testClient(options(more), clock);
    await asked;
    await settled();
    clock.advance(6_999);
    await settled();
    assert.equal(requests, 0);
    clock.advance(1);
    (await starting).client.close();
  });
  assert.equal(requests, 1);
  assert.deepEqual(messagesIn(printed), [NOT_READ]);
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

test("a save that fails is told to those who listen, breaks nothing, and is made up for", async () => {
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
  await settled();
  assert.equal(store.saved.length, 2);
  assert.equal(store.held, client.getSnapshot());
  assert.equal(await client.refresh(), true);
  clock.advance(5_000);
  await settled();
  assert.equal(store.saved.length, 3);
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

test("trouble of two kinds is one warning, which no line of the log repeats", async () => {
  const store = new MemoryStore();
  store.load = () => Promise.reject(new Error("unreadable"));
  store.gate = () => Promise.reject(new Error("disk full"));
  let isUp = false;
  const answer = documents(booleanDocument("shop", "flag", true));
  const fetcher = (): Promise<FetcherResponse> => isUp ? answer() : Promise.reject(new Error("no route"));
  const printed = await warnings(async () => {
    const { client } = await testClient(options({ store, fetcher }));
    isUp = true;
    assert.equal(await client.refresh(), true);
    // Lines are written by a module that is loaded for the first one.
    await import("../../../src/state/log_lines.ts");
    await settled();
    client.close();
  });
  const lines = printed.map(([line]) => String(line));
  assert.deepEqual(lines.filter((line) => line.includes("snapshot store")), [
    "flipt: the snapshot store failed; the client continues:",
  ]);
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

test("a save that never ends is reported, and holds the end of a client up no longer than requestTimeout", async () => {
  const store = new MemoryStore();
  store.gate = () => new Promise(() => {});
  const more = { store, requestTimeout: 7, fetcher: documents(shopDocument()) };
  const notSaved =
    "the flag state could not be saved in the snapshot store: it did not confirm that within 7 s " +
    "(the option requestTimeout): see whether it can be reached";
  const closed = await testClient(options(more));
  const printed = await warnings(async () => {
    const disposed = closed.client[Symbol.asyncDispose]();
    closed.clock.advance(7_000);
    await disposed;
  });
  assert.deepEqual(messagesIn(printed), [notSaved]);
  assert.deepEqual(closed.clock.timers, []);

  const { client, clock } = await testClient(options({ ...more, fetcher: documents(shopDocument()) }));
  using _ = client;
  const told: string[] = [];
  client.on("error", ({ message }) => told.push(message));
  clock.advance(7_000);
  await settled();
  assert.deepEqual(told, [notSaved]);
});

test("what a store has is not used when it is larger than the snapshot of any document that is taken", async () => {
  const stored = await snapshotOf(booleanDocument("shop", "stored", true));
  const limit = Math.ceil(stored.length / 8);
  using taken = await offline(new MemoryStore(stored), { maxDocumentBytes: limit });
  assert.deepEqual(taken.listFlags().map(({ key }) => key), ["stored"]);
  using refused = await offline(new MemoryStore(stored), { maxDocumentBytes: limit - 1 });
  assert.deepEqual(refused.listFlags(), []);
});

test("a snapshot option that is too large is an error that names what to raise", async () => {
  const snapshot = await snapshotOf(booleanDocument("shop", "given", true));
  await assert.rejects(
    offline(new MemoryStore(), { snapshot, maxDocumentBytes: 10 }),
    /a snapshot has more than 80 characters, 8 for each byte of maxDocumentBytes: if that is right, raise/,
  );
});
