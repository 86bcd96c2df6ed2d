// Tests of users replace timers and clocks. None of theirs is what a client waits for.

import assert from "node:assert/strict";
import { afterEach, describe, mock, test } from "node:test";
import { FliptClient } from "../../mod.ts";
import { flagDocument, FliptTestServer, testFlags } from "../../testing/mod.ts";
import { isBun } from "../../ffi/runtime.ts";
import { testedEngines } from "../support/engines.ts";

/** So large that the library compiles it on a thread, and has to be asked whether it is done. */
function largeDocument(enabled: boolean): ReturnType<typeof flagDocument> {
  return flagDocument(
    Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`flag-${index}`, enabled])),
    "default",
  );
}

/** Replaces the timers for good, by what a test framework has for that: Bun's reach those that were taken before, too. */
async function replaceTimers(): Promise<() => void> {
  if (isBun()) {
    const name = "bun:test";
    const { jest } = await import(name) as {
      jest: { useFakeTimers(): void; useRealTimers(): void };
    };
    jest.useFakeTimers();
    return () => jest.useRealTimers();
  }
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate", "Date"] });
  return () => mock.timers.reset();
}

const engines = await testedEngines();

let restore = (): void => {};
afterEach(() => restore());

describe("with timers that never fire", () => {
  for (const { kind, options, skip } of engines) {
    test(`${kind}: starts, and takes over what has changed`, { skip }, async () => {
      await using server = await FliptTestServer.start({ documents: { default: largeDocument(true) } });
      restore = await replaceTimers();
      await using client = await FliptClient.init({ ...options, url: server.url });
      assert.equal(client.evaluateBoolean("flag-7", "user-1").enabled, true);
      server.setDocument("default", largeDocument(false));
      assert.equal(await client.refresh(), true);
      assert.equal(client.evaluateBoolean("flag-7", "user-1").enabled, false);
    });
  }

  test("a client whose flags the test sets answers", async () => {
    restore = await replaceTimers();
    const client = testFlags({ "dark-mode": true });
    assert.equal(client.evaluateBoolean("dark-mode", "user-1").enabled, true);
  });
});
