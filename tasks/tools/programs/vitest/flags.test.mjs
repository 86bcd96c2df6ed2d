import { expect, test, vi } from "vitest";
import { check } from "./flags.mjs";

const replaceTimers = () => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
};

test("the client answers, follows a change, and works with fake timers", async () => {
  const checks = await check({ replaceTimers });
  expect(Object.values(checks).every((outcome) => outcome === true)).toBe(true);
}, 30_000);
