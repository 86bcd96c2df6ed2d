// Next.js, built by Turbopack and by webpack, and run from its standalone output: a route, a page of React whose client
// starts from the snapshot that the server embedded, and a route of the edge runtime.

import { cpSync } from "node:fs";
import type { Project } from "../project.ts";
import type { Report } from "../report.ts";
import { type Case, SERVER_CHECKS, type Tool } from "../tool.ts";

const NEEDS =
  '`outputFileTracingIncludes: { "/**": ["./node_modules/@flipt-ffi/client/lib/native/*"] }` for the standalone output';

/** Builds with a bundler, once a project, and runs the standalone output. */
async function standalone(project: Project, bundler: string): Promise<string> {
  const output = `.next-${bundler}`;
  const parameters = ["build", ...(bundler === "webpack" ? ["--webpack"] : [])];
  await project.node("node_modules/next/dist/bin/next", parameters, { env: { DIST: output } });
  cpSync(project.path(`${output}/static`), project.path(`${output}/standalone/${output}/static`), {
    recursive: true,
  });
  return `${output}/standalone/server.js`;
}

function served(project: Project, file: string, path: string): Promise<Report> {
  return project.withoutPackages(() => project.serve([file], path));
}

/** The page has what the server rendered, and its script has the build for browsers. */
async function pageReport(project: Project, file: string): Promise<Report> {
  await using served = await project.start(project.executable, [file]);
  const page = await served.text("/");
  const [, rendered = ""] = /<output>(.*?)<\/output>/.exec(page) ?? [];
  // What webpack splits off is named in the data of the page only.
  const scripts = new Set(
    [...page.matchAll(/static\/chunks\/[^"'\\]+\.js/g)].map(([path]) => `/_next/${path}`),
  );
  const texts = await Promise.all([...scripts].map((path) => served.text(path)));
  const hasBrowserBuild = texts.some((text) => text.includes("the build for browsers has no FFI"));
  return {
    engine: texts.some((text) => text.includes('"node:')) ? "native" : "portable",
    checks: {
      "rendered from the snapshot": rendered === "true winter" || `the page has "${rendered}"`,
      "the build for browsers": hasBrowserBuild || `it is in none of ${scripts.size} scripts`,
    },
  };
}

function cases(bundler: "turbopack" | "webpack"): readonly Case[] {
  const name = bundler === "webpack" ? "`--webpack`" : "Turbopack";
  let file: Promise<string>;
  return [
    {
      title: `${name}, a route`,
      engine: "native",
      checks: SERVER_CHECKS,
      needs: NEEDS,
      run: async (project) => {
        file = standalone(project, bundler);
        return [await served(project, await file, "/api")];
      },
    },
    {
      title: `${name}, a route of the edge runtime`,
      engine: "portable",
      checks: SERVER_CHECKS,
      run: async (project) => [await served(project, await file, "/api/edge")],
    },
    {
      title: `${name}, a "use client" page`,
      engine: "portable",
      checks: ["rendered from the snapshot", "the build for browsers"],
      run: async (project) => {
        const built = await file;
        return [await project.withoutPackages(() => pageReport(project, built))];
      },
    },
  ];
}

/** Next.js. */
export const next: Tool = {
  name: "next",
  title: "Next.js",
  versionOf: "next",
  packages: ["next", "react", "react-dom"],
  cases: [...cases("turbopack"), ...cases("webpack")],
};
