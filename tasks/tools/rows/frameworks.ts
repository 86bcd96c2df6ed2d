// Frameworks that build a server: its output runs by itself, with what they traced of the package.

import { rmSync } from "node:fs";
import type { Project } from "../project.ts";
import type { Report } from "../report.ts";
import { SERVER_CHECKS, type Tool } from "../tool.ts";

/** Runs the output of a build where the packages are no longer there: it has to have what it needs. */
async function alone(project: Project, file: string): Promise<readonly Report[]> {
  rmSync(project.path("node_modules"), { recursive: true });
  return [await project.serve([file])];
}

/** The frameworks. */
export const frameworks: readonly Tool[] = [
  {
    name: "nitro",
    title: "Nitro",
    versionOf: "nitropack",
    packages: ["nitropack"],
    cases: [{
      title: "a route of the built server, alone",
      engine: "native",
      checks: SERVER_CHECKS,
      needs: '`externals: { traceInclude: ["node_modules/@flipt-ffi/client/lib/native/…"] }`',
      run: async (project) => {
        await project.node("node_modules/nitropack/dist/cli/index.mjs", ["build"]);
        return await alone(project, ".output/server/index.mjs");
      },
    }],
  },
  {
    name: "sveltekit",
    title: "SvelteKit",
    versionOf: "@sveltejs/kit",
    packages: ["@sveltejs/kit", "@sveltejs/adapter-node", "@sveltejs/vite-plugin-svelte", "svelte", "vite"],
    cases: [{
      title: "an endpoint, adapter-node",
      engine: "native",
      checks: SERVER_CHECKS,
      run: async (project) => {
        await project.node("node_modules/vite/bin/vite.js", ["build"]);
        return [await project.serve(["build/index.js"])];
      },
    }],
  },
];
