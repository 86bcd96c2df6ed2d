const { check } = require("./flags.cjs");

const replaceTimers = () => {
  jest.useFakeTimers();
  return () => jest.useRealTimers();
};

test("the client answers, follows a change, and works with fake timers", async () => {
  const checks = await check({ hasFiles: process.env.HAS_FILES === "1", replaceTimers });
  expect(Object.values(checks).every((outcome) => outcome === true)).toBe(true);
}, 30_000);
