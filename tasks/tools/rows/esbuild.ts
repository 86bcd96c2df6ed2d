// esbuild, for a server as ECMAScript modules and as CommonJS, and for a page.

import type { Project } from "../project.ts";
import { type Report, reportsIn } from "../report.ts";
import { COPY_LIBRARIES, type Tool, USUAL_CHECKS } from "../tool.ts";

function built(project: Project, source: string, file: string): Promise<string> {
  const format = file.endsWith(".mjs") ? "esm" : "cjs";
  const platform = source === "web.mjs" ? "browser" : "node";
  return project.node("build.mjs", [source, platform, format, file]);
}

async function ran(project: Project, source: string, file: string): Promise<readonly Report[]> {
  await built(project, source, file);
  return reportsIn(await project.node(file));
}

async function ranAlone(project: Project, source: string, file: string): Promise<readonly Report[]> {
  await built(project, source, file);
  project.copyLibraries("dist/native");
  return await project.withoutPackages(async () => reportsIn(await project.node(file)));
}

/** esbuild. */
export const esbuild: Tool = {
  name: "esbuild",
  title: "esbuild",
  versionOf: "esbuild",
  packages: ["esbuild"],
  isQuick: true,
  cases: [
    {
      title: "for a server, ECMAScript modules",
      engine: "native",
      checks: USUAL_CHECKS,
      run: (project) => ran(project, "node.mjs", "dist/main.mjs"),
    },
    {
      title: "for a server, CommonJS",
      engine: "native",
      checks: USUAL_CHECKS,
      run: (project) => ran(project, "node.cjs", "dist/main.cjs"),
    },
    {
      title: "for a server, ECMAScript modules bundled as CommonJS",
      engine: "native",
      checks: USUAL_CHECKS,
      run: (project) => ran(project, "later.mjs", "dist/later.cjs"),
    },
    {
      title: "for a server, without `node_modules`",
      engine: "native",
      checks: USUAL_CHECKS,
      needs: COPY_LIBRARIES,
      run: (project) => ranAlone(project, "node.mjs", "dist/main.mjs"),
    },
    {
      title: "for a page, run without one",
      engine: "portable",
      checks: USUAL_CHECKS.filter((check) => check !== "store"),
      run: (project) => ran(project, "web.mjs", "dist/web.mjs"),
    },
  ],
};
