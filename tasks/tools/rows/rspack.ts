// Rspack, for a server and for a page.

import type { Project } from "../project.ts";
import { type Report, reportsIn } from "../report.ts";
import { COPY_LIBRARIES, type Tool, USUAL_CHECKS } from "../tool.ts";

async function built(project: Project, target: string, file: string): Promise<readonly Report[]> {
  await project.node("build.mjs", [target]);
  return reportsIn(await project.node(`dist/${target}/${file}`));
}

async function builtAlone(project: Project): Promise<readonly Report[]> {
  await project.node("build.mjs", ["node"]);
  project.copyLibraries("dist/node/native");
  return await project.withoutPackages(async () => reportsIn(await project.node("dist/node/main.cjs")));
}

/** Rspack. */
export const rspack: Tool = {
  name: "rspack",
  title: "Rspack",
  versionOf: "@rspack/core",
  packages: ["@rspack/core"],
  isQuick: true,
  cases: [
    {
      title: "for a server",
      engine: "native",
      checks: USUAL_CHECKS,
      run: (project) => built(project, "node", "main.cjs"),
    },
    {
      title: "for a server, without `node_modules`",
      engine: "native",
      checks: USUAL_CHECKS,
      needs: COPY_LIBRARIES,
      run: builtAlone,
    },
    {
      title: "for a page, run without one",
      engine: "portable",
      checks: USUAL_CHECKS.filter((check) => check !== "store"),
      run: (project) => built(project, "web", "main.mjs"),
    },
  ],
};
