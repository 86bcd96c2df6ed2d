// The health of a client in each of its states.

import assert from "node:assert/strict";
import { test } from "node:test";
import { health, healthResponse } from "../../health/mod.ts";
import { createdClient, ManualClock, testClient } from "../support/runtime.ts";
import { failing, fetchShop, shop } from "../support/shop_client.ts";

test("a client with current flags is well, and says nothing else", async () => {
  const { client } = await shop();
  const { ok, status, reasons, ageSeconds, digest } = health(client);
  assert.deepEqual([ok, status, reasons, ageSeconds], [true, "ready", [], 0]);
  assert.equal(digest, client.status.digest);
  const response = healthResponse(client);
  assert.deepEqual([response.status, response.headers.get("cache-control")], [200, "no-store"]);
  assert.deepEqual(await response.json(), JSON.parse(JSON.stringify(health(client))));
  client.close();
});

test("a client whose fetches fail is well for as long as it answers, and says why", async () => {
  let fetcher = fetchShop;
  const { client, clock } = await shop({ fetcher: () => fetcher(), maxStaleness: 60 });
  fetcher = failing;
  await assert.rejects(client.refresh());
  const failed = health(client);
  assert.deepEqual([failed.ok, failed.status], [true, "ready"]);
  assert.match(failed.reasons.join("\n"), /^its last fetch failed: .*no route/);
  await assert.rejects(client.refresh());
  assert.match(health(client).reasons.join("\n"), /^its last 2 fetches failed: .*no route/);
  clock.advance(60_000);
  const stale = health(client);
  assert.deepEqual([stale.ok, stale.status], [true, "stale"]);
  assert.match(stale.reasons[0] ?? "", /longer than maxStaleness/);
  assert.equal(healthResponse(client, { allowStale: false }).status, 503);
  client.close();
  const closed = health(client, { allowDefaults: true });
  assert.deepEqual([closed.ok, closed.status, closed.reasons[0]], [false, "closed", "the client is closed"]);
});

test("a client without flags is not well, unless defaults are enough", async () => {
  const { client } = createdClient({ namespace: "shop", fetcher: failing, updateInterval: 0 });
  assert.deepEqual(health(client), {
    ok: false,
    status: "initializing",
    reasons: ["there are no flags yet: the first fetch is in progress"],
  });
  assert.equal(healthResponse(client, { allowDefaults: true }).status, 200);
  client.close();
  const options = {
    namespace: "shop",
    fetcher: failing,
    errorStrategy: "fallback",
    updateInterval: 0,
  } as const;
  const { client: failed } = await testClient(options);
  assert.deepEqual([health(failed).ok, health(failed).status], [false, "failed"]);
  assert.equal(health(failed).reasons.length, 2);
  assert.equal(health(failed, { allowDefaults: true }).ok, true);
  failed.close();
});

test("stored flags are well, and said to be stored", async () => {
  const { client: online } = await shop();
  const snapshot = online.getSnapshot();
  online.close();
  const options = { namespace: "shop", fetcher: fetchShop, snapshot, initialFetch: false } as const;
  const { client } = await testClient(options, new ManualClock());
  assert.deepEqual(health(client).reasons, [
    "the flags come from a store or a snapshot and have not been confirmed yet",
  ]);
  assert.equal(health(client).ok, true);
  client.close();
});
