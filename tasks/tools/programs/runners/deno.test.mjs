import FakeTimers from "@sinonjs/fake-timers";
import assert from "node:assert/strict";
import { FliptClient } from "@flipt-ffi/client";
import { check, namespace, url } from "./flags.mjs";

// The native library is loaded once, and stays: not by the first test.
(await FliptClient.init({ url, namespace })).close();

const replaceTimers = () => {
  const clock = FakeTimers.install();
  return () => clock.uninstall();
};

Deno.test({
  name: "the client answers, follows a change, works with fake timers, and leaves nothing behind",
  sanitizeOps: true,
  sanitizeResources: true,
  sanitizeExit: true,
  async fn() {
    const checks = await check({ replaceTimers });
    assert.ok(Object.values(checks).every((outcome) => outcome === true));
  },
});
