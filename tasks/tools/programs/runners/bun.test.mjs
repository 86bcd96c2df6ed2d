import { expect, jest, test } from "bun:test";
import { check } from "./flags.mjs";

const replaceTimers = () => {
  jest.useFakeTimers();
  return () => jest.useRealTimers();
};

test("the client answers, follows a change, and works with fake timers", async () => {
  const checks = await check({ replaceTimers });
  expect(Object.values(checks).every((outcome) => outcome === true)).toBe(true);
});
