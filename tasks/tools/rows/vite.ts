// Vite's build for server-side rendering: with the package beside the bundle, which is its default, and in it.

import { reportsIn } from "../report.ts";
import { COPY_LIBRARIES, type Tool, USUAL_CHECKS } from "../tool.ts";

/** Vite. */
export const vite: Tool = {
  name: "vite",
  title: "Vite",
  versionOf: "vite",
  packages: ["vite"],
  isQuick: true,
  cases: [
    {
      title: "`vite build --ssr`",
      engine: "native",
      checks: USUAL_CHECKS,
      run: async (project) => {
        await project.node("node_modules/vite/bin/vite.js", [
          "build",
          "--ssr",
          "main.mjs",
          "--outDir",
          "dist",
        ]);
        return reportsIn(await project.node("dist/main.js"));
      },
    },
    {
      title: "with `ssr.noExternal`, without `node_modules`",
      engine: "native",
      checks: USUAL_CHECKS,
      needs: COPY_LIBRARIES,
      run: async (project) => {
        const parameters = [
          "build",
          "--ssr",
          "main.mjs",
          "--outDir",
          "bundled",
          "--config",
          "bundled.config.mjs",
        ];
        await project.node("node_modules/vite/bin/vite.js", parameters);
        project.copyLibraries("bundled/native");
        return await project.withoutPackages(async () => reportsIn(await project.node("bundled/main.js")));
      },
    },
  ],
};
