// Node's single executables: a bundle in Node's own program, with the library beside it.

import { reportsIn } from "../report.ts";
import { COPY_LIBRARIES, type Tool, USUAL_CHECKS } from "../tool.ts";

/** Single executables. */
export const sea: Tool = {
  name: "sea",
  title: "Node's single executables",
  versionOf: "node",
  packages: ["esbuild"],
  cases: [{
    title: "`node --build-sea` of an esbuild bundle, without `node_modules`",
    engine: "native",
    checks: USUAL_CHECKS,
    needs: COPY_LIBRARIES,
    run: async (project) => {
      await project.node("build.mjs");
      await project.run(project.executable, ["--build-sea", "sea.json"]);
      project.copyLibraries("dist/native");
      const program = project.path("dist/program");
      return await project.withoutPackages(async () => reportsIn(await project.run(program, [])));
    },
  }],
};
