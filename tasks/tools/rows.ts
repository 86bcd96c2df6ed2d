// Every tool of the matrix, in the order of the table.

import type { Tool } from "./tool.ts";
import { bun } from "./rows/bun.ts";
import { components } from "./rows/components.ts";
import { openTelemetry } from "./rows/contexts.ts";
import { esbuild } from "./rows/esbuild.ts";
import { frameworks } from "./rows/frameworks.ts";
import { jest, jest29 } from "./rows/jest.ts";
import { next } from "./rows/next.ts";
import { processes } from "./rows/processes.ts";
import { rollup } from "./rows/rollup.ts";
import { runners } from "./rows/runners.ts";
import { sea } from "./rows/sea.ts";
import { servers } from "./rows/servers.ts";
import { vite } from "./rows/vite.ts";
import { vitest } from "./rows/vitest.ts";
import { rspack, webpack } from "./rows/webpack.ts";

/** Every tool. */
export const TOOLS: readonly Tool[] = [
  webpack,
  rspack,
  esbuild,
  rollup,
  vite,
  bun,
  sea,
  next,
  ...frameworks,
  jest,
  jest29,
  vitest,
  ...runners,
  ...servers,
  ...processes,
  openTelemetry,
  ...components,
];
