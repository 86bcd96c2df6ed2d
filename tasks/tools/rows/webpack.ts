// webpack, and Rspack, which is called as webpack is: for a server and for a page.

import type { Project } from "../project.ts";
import { type Report, reportsIn } from "../report.ts";
import { COPY_LIBRARIES, type Tool, USUAL_CHECKS } from "../tool.ts";

/** A bundler whose package has webpack's function for its default export. */
function bundler(name: string, title: string, packageName: string): Tool {
  const build = async (project: Project, target: string): Promise<void> =>
    void await project.node("build.mjs", [packageName, target]);
  const built = async (project: Project, target: string, file: string): Promise<readonly Report[]> => {
    await build(project, target);
    return reportsIn(await project.node(`dist/${target}/${file}`));
  };
  return {
    name,
    programs: "webpack",
    title,
    versionOf: packageName,
    packages: [packageName],
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
        run: async (project) => {
          await build(project, "node");
          project.copyLibraries("dist/node/native");
          return await project.withoutPackages(async () =>
            reportsIn(await project.node("dist/node/main.cjs"))
          );
        },
      },
      {
        title: "for a page, run without one",
        engine: "portable",
        checks: USUAL_CHECKS.filter((check) => check !== "store"),
        run: (project) => built(project, "web", "main.mjs"),
      },
    ],
  };
}

/** webpack. */
export const webpack: Tool = bundler("webpack", "webpack", "webpack");

/** Rspack. */
export const rspack: Tool = bundler("rspack", "Rspack", "@rspack/core");
