import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { check } from "./flags.mjs";

const replaceTimers = () => {
  mock.timers.enable();
  return () => mock.timers.reset();
};

test("the client answers, follows a change, and works with mocked timers", async () => {
  const checks = await check({ replaceTimers });
  assert.ok(Object.values(checks).every((outcome) => outcome === true));
});
