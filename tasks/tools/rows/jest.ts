// Jest 29 and 30: CommonJS, which is its default, and ECMAScript modules, in the environments node and jsdom.

import type { Project } from "../project.ts";
import { type Report, reported } from "../report.ts";
import { type Case, type Tool, USUAL_CHECKS } from "../tool.ts";

const CHECKS = [...USUAL_CHECKS, "timers"];
/** Modules are those of browsers in jsdom, and these have no files. */
const CHECKS_OF_PAGES = CHECKS.filter((check) => check !== "store");

/** Tests a file in an environment. */
function tested(project: Project, file: string, environment: string): Promise<readonly Report[]> {
  const env = {
    NODE_OPTIONS: file.endsWith(".mjs") ? "--experimental-vm-modules" : "",
    HAS_FILES: environment !== "node" && file.endsWith(".mjs") ? "" : "1",
  };
  const config = JSON.stringify({
    testEnvironment: environment,
    testMatch: [`**/${file}`],
    transform: {},
  });
  const run = project.node(
    "node_modules/jest/bin/jest.js",
    ["--config", config, "--verbose=false"],
    { env },
  );
  return reported(run);
}

const cases: readonly Case[] = [
  {
    title: "CommonJS, node",
    engine: "native",
    checks: CHECKS,
    run: (project) => tested(project, "flags.test.cjs", "node"),
  },
  {
    title: "CommonJS, node",
    runsOn: "node20",
    engine: "native",
    checks: CHECKS,
    needs: "`npm install koffi`",
    run: (project) => tested(project, "flags.test.cjs", "node"),
  },
  {
    title: "ECMAScript modules, node",
    engine: "native",
    checks: CHECKS,
    run: (project) => tested(project, "flags.test.mjs", "node"),
  },
  {
    title: "CommonJS, jsdom, `testFlags`",
    engine: "portable",
    checks: ["boolean", "variant", "change"],
    run: (project) => tested(project, "component.test.cjs", "jsdom"),
  },
  {
    title: "CommonJS, jsdom",
    engine: "native",
    checks: CHECKS,
    needs: "an environment with `fetch`",
    run: (project) => tested(project, "flags.test.cjs", "./jsdom_with_fetch.cjs"),
  },
  {
    title: "ECMAScript modules, jsdom",
    engine: "portable",
    checks: CHECKS_OF_PAGES,
    needs: "an environment with `fetch`",
    run: (project) => tested(project, "flags.test.mjs", "./jsdom_with_fetch.cjs"),
  },
];

/** Jest 30. */
export const jest: Tool = {
  name: "jest30",
  title: "Jest",
  versionOf: "jest",
  packages: ["jest", "jest-environment-jsdom", "koffi"],
  programs: "jest",
  type: "commonjs",
  cases,
};

/** Jest 29. */
export const jest29: Tool = {
  name: "jest29",
  title: "Jest",
  versionOf: "jest@29",
  packages: ["jest@29", "jest-environment-jsdom@29", "koffi"],
  programs: "jest",
  type: "commonjs",
  cases,
};
