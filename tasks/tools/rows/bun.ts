// Bun's bundler, for Bun and for Node, and its executables.

import { readdirSync } from "node:fs";
import { reportsIn } from "../report.ts";
import { COPY_LIBRARIES, type Tool, USUAL_CHECKS } from "../tool.ts";

const LIBRARIES = "node_modules/@flipt-ffi/client/lib/native";

/** Bun's bundler. */
export const bun: Tool = {
  name: "bun-build",
  title: "`bun build`",
  versionOf: "bun",
  packages: [],
  programs: "bun",
  isQuick: true,
  cases: [
    {
      title: "`--target=bun`, without `node_modules`",
      runsOn: "bun",
      engine: "native",
      checks: USUAL_CHECKS,
      needs: COPY_LIBRARIES,
      run: async (project) => {
        await project.run(project.executable, ["build", "main.mjs", "--target=bun", "--outdir=dist"]);
        project.copyLibraries("dist/native");
        return await project.withoutPackages(async () => reportsIn(await project.node("dist/main.js")));
      },
    },
    {
      title: "`--compile`, with the libraries in it",
      runsOn: "bun",
      engine: "native",
      checks: USUAL_CHECKS,
      needs: `\`--asset-naming='native/[name].[ext]' ${LIBRARIES}/*\``,
      run: async (project) => {
        const libraries = readdirSync(project.path(LIBRARIES)).map((name) => `${LIBRARIES}/${name}`);
        const naming = "--asset-naming=native/[name].[ext]";
        const parameters = ["build", "--compile", naming, "--outfile=program", "main.mjs", ...libraries];
        await project.run(project.executable, parameters);
        return await project.withoutPackages(async () =>
          reportsIn(await project.run(project.path("program"), []))
        );
      },
    },
  ],
};
