// The connection of a subscription to Redis, without a Redis: when it is closed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { subscribe } from "../../store/redis_subscription.ts";

test("a connection that is closed while it connects is closed once more when it is open", async () => {
  const connecting = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  let isOpen = false;
  const connection = {
    hmGet: () => {},
    connect: async () => {
      asked.resolve();
      await connecting.promise;
      isOpen = true;
    },
    destroy: () => void (isOpen = false),
    on: () => {},
    off: () => {},
    listenerCount: () => 1,
    subscribe: () => Promise.reject(new Error("it is closed")),
  };
  const client = { ...connection, duplicate: () => connection };
  const events = { onMessage: () => {}, onSubscribed: () => {}, onTrouble: () => {} };
  const subscription = subscribe(client, undefined, events);
  subscription.add("changes");
  await asked.promise;
  subscription.close();
  connecting.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isOpen, false);
});
