// Several namespaces in one process.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { portableEngine } from "../../engines/portable/mod.ts";
import { initNamespaces } from "../../namespaces/init_all.ts";
import { initAll } from "../../namespaces/mod.ts";
import { fileStore } from "../../store/file.ts";
import { booleanDocument, ManualClock } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-namespaces-"));
after(() => rmSync(folder, { recursive: true }));

const keys = ["shop", "search", "cart", "mail", "help", "news"];
const documents = Object.fromEntries(keys.map((key) => [key, booleanDocument(key, `${key}-on`, true)]));

test("each namespace has a client of its own", async () => {
  await using server = await FliptServer.start({ documents });
  await using all = await initAll({ url: server.url, namespaces: keys });
  assert.deepEqual([...all.clients.keys()], keys);
  for (const [key, client] of all.clients) assert.equal(client.isEnabled(`${key}-on`, "user-1"), true);
  assert.equal(all.failures.size, 0);
  assert.equal(server.requests.length, keys.length);
});

test("a namespace that fails fails alone, and by the strategy fallback none fails", async () => {
  await using server = await FliptServer.start({ documents });
  const options = { url: server.url, namespaces: ["shop", "none"], logLevel: "off" } as const;
  {
    await using all = await initAll(options);
    assert.deepEqual([...all.clients.keys()], ["shop"]);
    assert.match(all.failures.get("none")?.message ?? "", /"none" not found/);
  }
  await using all = await initAll({ ...options, errorStrategy: "fallback" });
  assert.deepEqual([...all.clients.keys()], ["shop", "none"]);
  assert.equal(all.clients.get("none")?.isEnabled("anything", "user-1"), false);
});

test("all namespaces are polled on one schedule, and one that fails on its own until it succeeds", async () => {
  const clock = new ManualClock();
  await using server = await FliptServer.start({ documents });
  const surroundings = { clock, chooseEngine: () => Promise.resolve(portableEngine()) };
  const options = { url: server.url, namespaces: keys, updateInterval: 100, logLevel: "off" } as const;
  await using all = await initNamespaces(options, surroundings);
  const waiting = (): number[] =>
    clock.timers.filter(({ background }) => background).map(({ millis }) => millis);
  const failing = (): number =>
    [...all.clients.values()].filter(({ status }) => status.consecutiveFailures > 0).length;
  // One timer for all, and one for each that fails.
  const settled = async (requests: number, failures: number): Promise<void> => {
    await server.received(requests);
    while (failing() !== failures || waiting().length !== 1 + failures) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await settled(keys.length, 0);
  assert.deepEqual(waiting(), [100_000]);
  server.setDocument("cart", booleanDocument("cart", "cart-on", false));
  clock.advance(100_000);
  await settled(2 * keys.length, 0);
  assert.equal(all.clients.get("cart")?.isEnabled("cart-on", "user-1"), false);
  assert.equal(all.clients.get("shop")?.isEnabled("shop-on", "user-1"), true);

  server.answerAlways(({ path }) => path.endsWith("/mail") ? { status: 403 } : undefined);
  clock.advance(100_000);
  await settled(3 * keys.length, 1);
  assert.equal(all.clients.get("mail")?.status.consecutiveFailures, 1);
  assert.equal(all.clients.get("news")?.status.consecutiveFailures, 0);
  server.answerAlways(undefined);
  // The backoff is shorter than the interval.
  clock.advance(Math.min(...waiting()));
  await settled(3 * keys.length + 1, 0);
  clock.advance(100_000);
  await settled(4 * keys.length + 1, 0);
});

test("each namespace has its own store, and all are stored when the clients are disposed of", async () => {
  await using server = await FliptServer.start({ documents });
  {
    await using _all = await initAll({
      url: server.url,
      namespaces: ["shop", "cart"],
      store: (namespace) => fileStore(join(folder, `${namespace}.snapshot`)),
    });
  }
  assert.deepEqual(readdirSync(folder).sort(), ["cart.snapshot", "shop.snapshot"]);
});

test("closed clients answer nothing more and ask nothing more", async () => {
  await using server = await FliptServer.start({ documents });
  const all = await initAll({ url: server.url, namespaces: ["shop"] });
  all.close();
  assert.equal(all.clients.get("shop")?.status.state, "closed");
});

test("options that are not usable are told before anything is asked", async () => {
  await using server = await FliptServer.start({ documents });
  const { url } = server;
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ url, namespaces: [] }, /^namespaces is empty: name at least one$/],
    [{ url, namespaces: ["shop", "shop"] }, /twice/],
    [{ url, namespaces: ["shop", ".."] }, /namespace cannot be ".."/],
    [{ url, namespaces: ["shop"], store: {} }, /store must be a function/],
    [{ url, namespaces: ["shop"], namespace: "shop" }, /for one namespace/],
    [{ url: "nowhere", namespaces: ["shop"] }, /url must be a URL/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(initAll(options as never), (error: Error) => {
      assert.match(error.message, message);
      return error.name === "ValidationError";
    });
  }
  assert.equal(server.requests.length, 0);
});
