// Vitest: each way to isolate tests, in each environment.

import type { Project } from "../project.ts";
import { type Report, reported } from "../report.ts";
import { type Case, type Tool, USUAL_CHECKS } from "../tool.ts";

const POOLS = ["threads", "forks", "vmThreads"] as const;
const ENVIRONMENTS = ["node", "jsdom", "happy-dom"] as const;

/** happy-dom keeps to the rule of browsers for other origins. */
const HAPPY_DOM =
  "`environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } }`";

function tested(project: Project, pool: string, environment: string): Promise<readonly Report[]> {
  const parameters = ["run", "--pool", pool, "--environment", environment];
  return reported(project.node("node_modules/vitest/vitest.mjs", parameters));
}

const cases: readonly Case[] = POOLS.flatMap((pool) =>
  ENVIRONMENTS.map((environment) => ({
    title: `${pool}, ${environment}`,
    engine: "native" as const,
    checks: [...USUAL_CHECKS, "timers"],
    ...(environment === "happy-dom" ? { needs: HAPPY_DOM } : {}),
    run: (project: Project) => tested(project, pool, environment),
  }))
);

/** Vitest. */
export const vitest: Tool = {
  name: "vitest",
  title: "Vitest",
  versionOf: "vitest",
  packages: ["vitest", "jsdom", "happy-dom"],
  cases,
};
