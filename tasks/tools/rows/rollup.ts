// Rollup, for a server.

import { reportsIn } from "../report.ts";
import { COPY_LIBRARIES, type Tool, USUAL_CHECKS } from "../tool.ts";

/** Rollup. */
export const rollup: Tool = {
  name: "rollup",
  title: "Rollup",
  versionOf: "rollup",
  packages: ["rollup", "@rollup/plugin-node-resolve"],
  isQuick: true,
  cases: [
    {
      title: "for a server",
      engine: "native",
      checks: USUAL_CHECKS,
      run: async (project) => {
        await project.node("build.mjs");
        return reportsIn(await project.node("dist/main.mjs"));
      },
    },
    {
      title: "for a server, without `node_modules`",
      engine: "native",
      checks: USUAL_CHECKS,
      needs: COPY_LIBRARIES,
      run: async (project) => {
        await project.node("build.mjs");
        project.copyLibraries("dist/native");
        return await project.withoutPackages(async () => reportsIn(await project.node("dist/main.mjs")));
      },
    },
  ],
};
