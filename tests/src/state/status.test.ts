// What a client tells of itself: its status and its events.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions, ClientState, ClientStatus, UpdateEvent } from "../../../mod.ts";
import { EvaluationError, FetchError, ValidationError } from "../../../mod.ts";
import type { TestClient } from "../../support/runtime.ts";
import { booleanDocument, shopDocument, testClient, withFlag } from "../../support/runtime.ts";
import type { DocumentJson } from "../../support/server.ts";
import { FliptServer } from "../../support/server.ts";

const dark = withFlag(shopDocument(), "dark-mode", { enabled: true });
const light = withFlag(shopDocument(), "dark-mode", { enabled: false });

async function shop(
  more: ClientOptions = {},
  document: DocumentJson = dark,
): Promise<TestClient & { server: FliptServer }> {
  const server = await FliptServer.start();
  server.setDocument("shop", document);
  const made = await testClient({ url: server.url, namespace: "shop", updateInterval: 0, ...more });
  return { ...made, server };
}

/** Collects the events of a client, each as its name and what matters of it. */
function events({ client }: TestClient): string[] {
  const seen: string[] = [];
  client.on("update", ({ changedFlags }) => seen.push(`update ${changedFlags.join()}`));
  client.on("error", (error) => seen.push(`error ${error.name}`));
  client.on("status", ({ state }) => seen.push(`status ${state}`));
  return seen;
}

test("the status of a client that is well", async () => {
  const { client, clock, server } = await shop();
  const start = clock.now();
  const digest = server.setDocument("shop", dark);
  assert.deepEqual(client.status, {
    state: "ready",
    mode: "polling",
    lastUpdate: new Date(start),
    lastSuccess: new Date(start),
    lastError: undefined,
    digest,
    ageSeconds: 0,
    consecutiveFailures: 0,
  });
  clock.advance(90_000);
  assert.equal(client.status.ageSeconds, 90);
  await client.refresh();
  assert.deepEqual(client.status.lastSuccess, new Date(start + 90_000));
  assert.deepEqual(client.status.lastUpdate, new Date(start));
  client.close();
  assert.equal(client.status.state, "closed");
  await server.close();
});

test("under strict, a failed fetch makes the state failed and a good one ready", async () => {
  const made = await shop({ errorStrategy: "strict" });
  const { client, server } = made;
  const seen = events(made);
  server.answerAlways({ status: 500 });
  await assert.rejects(client.refresh(), FetchError);
  await assert.rejects(client.refresh(), FetchError);
  const { state, consecutiveFailures, lastError } = client.status;
  assert.deepEqual([state, consecutiveFailures], ["failed", 2]);
  assert.ok(lastError instanceof FetchError);
  server.answerAlways(undefined);
  await client.refresh();
  assert.equal(client.status.state, "ready");
  assert.equal(client.status.lastError, lastError);
  assert.deepEqual(seen, ["error FetchError", "status failed", "error FetchError", "status ready"]);
  client.close();
  await server.close();
});

test("under fallback, a client is failed until it has a state, and then answers for as long as it takes", async () => {
  const server = await FliptServer.start();
  const made = await testClient({
    url: server.url,
    namespace: "shop",
    updateInterval: 0,
    errorStrategy: "fallback",
  });
  const { client } = made;
  const seen = events(made);
  assert.equal(client.status.state, "failed");
  assert.equal(client.status.lastSuccess, undefined);
  assert.equal(client.status.ageSeconds, undefined);
  server.setDocument("shop", booleanDocument("shop", "a", true));
  assert.equal(await client.refresh(), true);
  assert.equal(client.status.state, "ready");
  server.answerAlways({ status: 500 });
  await assert.rejects(client.refresh(), FetchError);
  assert.equal(client.status.state, "ready");
  assert.deepEqual(seen, ["status ready", "update a", "error FetchError"]);
  client.close();
  await server.close();
});

test("under fallback, a client that has a snapshot is ready without a server", async () => {
  const { client, server } = await shop();
  const snapshot = client.getSnapshot();
  client.close();
  await server.close();
  const more: ClientOptions = { url: server.url, snapshot, errorStrategy: "fallback" };
  const offline = await testClient({ namespace: "shop", updateInterval: 0, ...more });
  assert.equal(offline.client.status.state, "ready");
  assert.equal(offline.client.status.lastSuccess, undefined);
  offline.client.close();
  // Nobody knows how old a snapshot is.
  const strict = await testClient({ namespace: "shop", updateInterval: 0, maxStaleness: 3_600, ...more });
  assert.equal(strict.client.status.state, "stale");
  assert.equal(strict.client.evaluateBoolean("dark-mode", "e").enabled, true);
  strict.client.close();
});

test("without a sign that the state is current for maxStaleness it is stale, and evaluations go on", async () => {
  const made = await shop({ maxStaleness: 300, errorStrategy: "fallback" });
  const { client, clock, server } = made;
  const seen = events(made);
  clock.advance(299_000);
  await client.refresh();
  clock.advance(299_999);
  assert.equal(client.status.state, "ready");
  clock.advance(1);
  assert.equal(client.status.state, "stale");
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  server.answerAlways({ status: 404 });
  await assert.rejects(client.refresh(), FetchError);
  assert.equal(client.status.state, "stale");
  server.answerAlways(undefined);
  await client.refresh();
  assert.equal(client.status.state, "ready");
  assert.deepEqual(seen, ["status stale", "error FetchError", "status ready"]);
  client.close();
  assert.deepEqual(clock.timers, []);
  await server.close();
});

test("an update tells the digest, and which flags were added, removed or changed", async () => {
  const { client, server } = await shop();
  const updates: UpdateEvent[] = [];
  client.on("update", (update) => updates.push(update));
  await client.refresh();
  assert.deepEqual(updates, []);
  const digests = [server.setDocument("shop", light)];
  await client.refresh();
  const fewer = { ...light, flags: light.flags.filter(({ key }) => key !== "banner") };
  digests.push(server.setDocument("shop", fewer));
  await client.refresh();
  const more = { ...fewer, flags: [...fewer.flags, { key: "x", name: "", enabled: true }] };
  digests.push(server.setDocument("shop", more));
  await client.refresh();
  // Times and ids are new in every document of a server, and mean nothing.
  const renewed = {
    ...more,
    flags: more.flags.map((flag) => ({ ...flag, updatedAt: "2031-01-01T00:00:00Z" })),
  };
  digests.push(server.setDocument("shop", renewed));
  await client.refresh();
  assert.deepEqual(updates, [
    { digest: digests[0], changedFlags: ["dark-mode"] },
    { digest: digests[1], changedFlags: ["banner"] },
    { digest: digests[2], changedFlags: ["x"] },
    { digest: digests[3], changedFlags: [] },
  ]);
  client.close();
  await server.close();
});

test("flags are compared only while somebody listens for updates", async () => {
  const { client, engine, server } = await shop();
  server.setDocument("shop", light);
  await client.refresh();
  assert.equal(engine.compared, 0);
  const stop = client.on("update", () => {});
  server.setDocument("shop", dark);
  await client.refresh();
  assert.equal(engine.compared, 1);
  stop();
  server.setDocument("shop", light);
  await client.refresh();
  assert.equal(engine.compared, 1);
  client.close();
  await server.close();
});

test("a listener that is told sees the new state already", async () => {
  const { client, server } = await shop();
  const seen: boolean[] = [];
  client.on("update", () => seen.push(client.evaluateBoolean("dark-mode", "e").enabled));
  server.setDocument("shop", light);
  await client.refresh();
  assert.deepEqual(seen, [false]);
  client.close();
  await server.close();
});

test("listening ends by what on() gives, and by a signal", async () => {
  const { client, server } = await shop();
  const controller = new AbortController();
  const seen: string[] = [];
  const listener = (name: string) => (): void => void seen.push(name);
  const stop = client.on("update", listener("stopped"));
  client.on("update", listener("aborted"), { signal: controller.signal });
  client.on("update", listener("never"), { signal: AbortSignal.abort() });
  client.on("update", listener("stays"));
  server.setDocument("shop", light);
  await client.refresh();
  stop();
  stop();
  controller.abort();
  server.setDocument("shop", dark);
  await client.refresh();
  assert.deepEqual(seen, ["stopped", "aborted", "stays", "stays"]);
  client.close();
  await server.close();
});

test("one function can listen twice, and a listener that is removed by another is not told", async () => {
  const { client, server } = await shop();
  let count = 0;
  const listener = (): void => void count++;
  const first = client.on("update", listener);
  client.on("update", listener);
  server.setDocument("shop", light);
  await client.refresh();
  assert.equal(count, 2);
  first();
  client.on("update", () => last());
  const last = client.on("update", listener);
  server.setDocument("shop", dark);
  await client.refresh();
  assert.equal(count, 3);
  client.close();
  await server.close();
});

test("a listener that throws or rejects is reported once, and stops nothing", async () => {
  const { client, server } = await shop();
  const reported: unknown[] = [];
  const { warn } = console;
  console.warn = (...parts: unknown[]) => void reported.push(parts);
  let told = 0;
  try {
    const failure = new Error("not my day");
    client.on("update", () => {
      throw failure;
    });
    client.on("update", () => Promise.reject(failure));
    client.on("update", () => void told++);
    for (const document of [light, dark, light]) {
      server.setDocument("shop", document);
      assert.equal(await client.refresh(), true);
    }
    assert.equal(told, 3);
    const message = 'flipt: a listener of "update" failed; the client continues ' +
      "(further failures of it are not reported):";
    assert.deepEqual(reported, [[message, failure], [message, failure]]);
  } finally {
    console.warn = warn;
  }
  assert.equal(client.status.state, "ready");
  client.close();
  await server.close();
});

test("events that do not exist and listeners that are none are refused", async () => {
  const { client, server } = await shop();
  const on = client.on.bind(client) as (event: unknown, listener: unknown) => unknown;
  const message = /^the event of a listener must be one of "update", "error", "status", "default", but is /;
  for (const event of ["updates", "__proto__", "toString", undefined, 5]) {
    assert.throws(() => on(event, () => {}), (error: unknown) => {
      assert.ok(error instanceof ValidationError);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.throws(() => on("update", {}), /^ValidationError: a listener must be a function, but is an object$/);
  client.close();
  await server.close();
});

test("a listener may refresh, listen and close", async () => {
  const { client, server, engine } = await shop({ errorStrategy: "strict" });
  const refreshed: Promise<unknown>[] = [];
  client.on("error", () => refreshed.push(client.refresh().catch((error: unknown) => error)));
  server.answerAlways({ status: 404 });
  await assert.rejects(client.refresh(), FetchError);
  const [joined] = await Promise.all(refreshed);
  assert.ok(joined instanceof FetchError);
  server.answerAlways(undefined);
  server.setDocument("shop", light);
  const states: ClientState[] = [];
  client.on("update", () => client.close());
  client.on("status", ({ state }: ClientStatus) => states.push(state));
  await client.refresh();
  assert.deepEqual(states, ["ready", "closed"]);
  assert.equal(engine.alive, 0);
  assert.throws(() => client.listFlags(), EvaluationError);
  await server.close();
});

test("after close, nothing is told, and listening is of no effect", async () => {
  const made = await shop({ maxStaleness: 10 });
  const { client, clock, server } = made;
  const seen = events(made);
  client.close();
  client.close();
  client.on("status", () => seen.push("late"))();
  clock.advance(100_000);
  await assert.rejects(client.refresh(), EvaluationError);
  assert.deepEqual(seen, ["status closed"]);
  assert.equal(client.status.state, "closed");
  await server.close();
});

test("a clock that is set back makes no state younger, and one that is set on makes it as old as it may be", async () => {
  const { client, clock, server } = await shop({ maxStaleness: 300 });
  clock.set -= 3_600_000;
  clock.advance(299_000);
  assert.equal(client.status.ageSeconds, 299);
  assert.equal(client.status.state, "ready");
  clock.advance(1_000);
  assert.equal(client.status.state, "stale");
  await client.refresh();
  assert.equal(client.status.state, "ready");
  clock.set += 3_600_000;
  assert.equal(client.status.state, "stale");
  await client.refresh();
  assert.deepEqual([client.status.state, client.status.ageSeconds], ["ready", 0]);
  client.close();
  await server.close();
});
