// AsyncLocalStorage, and OpenTelemetry's SDK over it: what a client does in the background belongs to no request.

import { reportsIn } from "../report.ts";
import type { Tool } from "../tool.ts";

const CHECKS = [
  "boolean",
  "variant",
  "change",
  "events on the span",
  "polls in no request",
  "listeners in no request",
  "and in no span",
];

/** OpenTelemetry's SDK. */
export const openTelemetry: Tool = {
  name: "opentelemetry",
  programs: "otel",
  title: "OpenTelemetry's SDK",
  versionOf: "@opentelemetry/sdk-trace-node",
  packages: ["@opentelemetry/api", "@opentelemetry/sdk-trace-node"],
  isQuick: true,
  cases: (["node", "bun", "deno"] as const).map((runsOn) => ({
    title: "a client that is made in a request",
    runsOn,
    engine: "native",
    checks: CHECKS,
    run: async (project) => reportsIn(await project.node("main.mjs")),
  })),
};
