// The test runners of the runtimes, with timers that the test replaced.

import { reported } from "../report.ts";
import { type Tool, USUAL_CHECKS } from "../tool.ts";

const CHECKS = [...USUAL_CHECKS, "timers"];

/** The runners. */
export const runners: readonly Tool[] = [
  {
    name: "node-test",
    programs: "runners",
    title: "`node --test`",
    versionOf: "node",
    packages: ["koffi"],
    isQuick: true,
    cases: (["node", "node20"] as const).map((runsOn) => ({
      title: "`mock.timers`",
      runsOn,
      engine: "native",
      checks: CHECKS,
      ...(runsOn === "node20" ? { needs: "`npm install koffi`" } : {}),
      run: (project) =>
        reported(project.run(project.executable, ["--test", "--test-reporter=tap", "node.test.mjs"])),
    })),
  },
  {
    name: "bun-test",
    programs: "runners",
    title: "`bun test`",
    versionOf: "bun",
    packages: [],
    isQuick: true,
    cases: [{
      title: "`jest.useFakeTimers`",
      runsOn: "bun",
      engine: "native",
      checks: CHECKS,
      run: (project) =>
        reported(project.run(project.executable, ["test", "./bun.test.mjs", "--timeout", "30000"])),
    }],
  },
  {
    name: "deno-test",
    programs: "runners",
    title: "`deno test`",
    versionOf: "deno",
    packages: ["@sinonjs/fake-timers"],
    isQuick: true,
    cases: [{
      title: "with sanitizers and fake timers",
      runsOn: "deno",
      engine: "native",
      checks: CHECKS,
      needs: "a client made before the tests: `(await FliptClient.init(…)).close()`",
      run: (project) => {
        const parameters = ["test", "-A", "--no-check", "--node-modules-dir=manual", "deno.test.mjs"];
        return reported(project.run(project.executable, parameters));
      },
    }],
  },
];
