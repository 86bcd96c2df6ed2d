// Refreshing behind a response: no timers, no more often than asked, and by the clock on the wall.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ValidationError } from "../../mod.ts";
import { booleanDocument, createdClient, ManualClock, testClient } from "../support/runtime.ts";
import { failing } from "../support/shop_client.ts";

const on = booleanDocument("shop", "a", true);
const off = booleanDocument("shop", "a", false);

test("a lazy client sets no timers, and is refreshed when its flags are too old", async () => {
  let document = on;
  let fetched = 0;
  const fetcher = (): Promise<Response> => {
    fetched++;
    return Promise.resolve(Response.json(document));
  };
  const { client, clock } = await testClient({
    namespace: "shop",
    fetcher,
    updates: "lazy",
  });
  assert.deepEqual(clock.timers, []);
  document = off;
  assert.equal(await client.touch({ maxAge: 30 }), false);
  clock.advance(29_999);
  assert.equal(await client.touch(), false);
  assert.equal(fetched, 1);
  clock.advance(1);
  assert.deepEqual(await Promise.all([client.touch(), client.touch()]), [true, true]);
  assert.equal(fetched, 2);
  assert.equal(client.isEnabled("a", "e"), false);
  assert.deepEqual(clock.timers, []);
  assert.equal(await client.touch({ maxAge: 0 }), true);
  await assert.rejects(client.touch({ maxAge: -1 }), ValidationError);
  client.close();
  assert.equal(await client.touch({ maxAge: 0 }), false);
});

test("a server that is down is not asked for every request, and no touch rejects", async () => {
  let isUp = true;
  let asked = 0;
  const fetcher = (): Promise<Response> => {
    asked++;
    return isUp ? Promise.resolve(Response.json(on)) : failing();
  };
  const { client, clock } = await testClient({ namespace: "shop", fetcher, updates: "lazy" });
  client.on("error", () => {});
  const failedTouch = async (): Promise<boolean> => {
    clock.advance(60_000);
    const touched = client.touch();
    // The delays of its retries are in the background: they are what passes here.
    let isDone = false;
    void touched.then(() => isDone = true);
    while (!isDone) {
      clock.advance(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return await touched;
  };
  isUp = false;
  assert.equal(await failedTouch(), true);
  assert.equal(client.isEnabled("a", "e"), true);
  const { consecutiveFailures } = client.status;
  assert.equal(consecutiveFailures, 1);
  const before = asked;
  assert.ok(before >= 2);
  assert.deepEqual(await Promise.all([client.touch(), client.touch()]), [false, false]);
  assert.equal(asked, before);
  isUp = true;
  clock.advance(120_000);
  assert.equal(await client.touch(), true);
  assert.equal(client.status.consecutiveFailures, 0);
  // When the clock was set back, it is not known how long a failure is ago.
  isUp = false;
  assert.equal(await failedTouch(), true);
  isUp = true;
  clock.set = -3_600_000;
  assert.equal(await client.touch(), true);
  assert.equal(client.status.consecutiveFailures, 0);
  client.close();
});

test("a process that was frozen notices by the clock on the wall, however little time it has counted itself", async () => {
  let fetched = 0;
  const fetcher = (): Promise<Response> => {
    fetched++;
    return Promise.resolve(Response.json(on));
  };
  const { client, clock } = await testClient({ namespace: "shop", fetcher, updates: "lazy" });
  clock.advance(1_000);
  assert.equal(await client.touch({ maxAge: 30 }), false);
  clock.set = 3_600_000;
  assert.equal(await client.touch({ maxAge: 30 }), true);
  assert.equal(fetched, 2);
  assert.equal(await client.touch({ maxAge: 30 }), false);
  // A clock that was set back knows no age.
  clock.set = 0;
  assert.equal(await client.touch({ maxAge: 30 }), true);
  assert.equal(fetched, 3);
  client.close();
});

test("the platform is given the promise at once, and a caller waits no longer than asked", async () => {
  const answers: ((response: Response) => void)[] = [];
  let isHanging = false;
  const fetcher = (): Promise<Response> =>
    isHanging ? new Promise((resolve) => answers.push(resolve)) : Promise.resolve(Response.json(on));
  const { client, clock } = await testClient({ namespace: "shop", fetcher, updates: "lazy" });
  isHanging = true;
  clock.advance(60_000);
  const given: Promise<boolean>[] = [];
  const returned = client.touch({ waitUntil: (refreshing) => given.push(refreshing) });
  assert.deepEqual(given, [returned]);
  // The clock of the test lets no time pass in the foreground.
  assert.equal(await client.touch({ timeout: 1 }), true);
  assert.equal(client.isEnabled("a", "e"), true);
  assert.equal(answers.length, 1);
  answers[0]?.(Response.json(off));
  assert.equal(await returned, true);
  assert.equal(client.isEnabled("a", "e"), false);
  await assert.rejects(
    client.touch({ timeout: -1 }),
    /timeout must be 0 or a positive number of seconds, but is -1$/,
  );
  await assert.rejects(client.touch({ waitUntil: 5 as never }), {
    name: "ValidationError",
    message: "waitUntil of touch() must be a function, but is a number",
  });
  client.close();
});

test("a touch of a client that is starting waits for its start", async () => {
  const clock = new ManualClock();
  let fetched = 0;
  const { client } = createdClient({
    namespace: "shop",
    updates: "lazy",
    fetcher: () => {
      fetched++;
      return Promise.resolve(Response.json(on));
    },
  }, clock);
  assert.equal(await client.touch(), false);
  assert.equal(fetched, 1);
  assert.equal(client.isEnabled("a", "e"), true);
  client.close();
});
