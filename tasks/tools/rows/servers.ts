// Servers: each answers with the flags of a client that is made at its start.

import { SERVER_CHECKS, type Tool } from "../tool.ts";

/** A server, whose program is `server.mjs`. */
function server(tool: Pick<Tool, "name" | "title" | "packages"> & Partial<Tool>): Tool {
  return {
    versionOf: tool.name,
    cases: [{
      title: "a route",
      engine: "native",
      checks: SERVER_CHECKS,
      run: async (project) => [await project.serve(["server.mjs"])],
    }],
    ...tool,
  };
}

/** The servers. */
export const servers: readonly Tool[] = [
  server({ name: "fastify", title: "Fastify", packages: ["fastify"] }),
  server({ name: "express", title: "Express", packages: ["express"] }),
  server({
    name: "hono",
    title: "Hono",
    packages: ["hono", "@hono/node-server"],
    cases: (["node", "bun", "deno"] as const).map((runsOn) => ({
      title: "a route",
      runsOn,
      engine: "native",
      checks: SERVER_CHECKS,
      run: async (project) => [await project.serve([runsOn === "node" ? "server.mjs" : `${runsOn}.mjs`])],
    })),
  }),
  server({
    name: "elysia",
    title: "Elysia",
    packages: ["elysia"],
    cases: [{
      title: "a route",
      runsOn: "bun",
      engine: "native",
      checks: SERVER_CHECKS,
      run: async (project) => [await project.serve(["server.mjs"])],
    }],
  }),
  server({
    name: "oak",
    title: "Oak",
    versionOf: "@oakserver/oak",
    packages: ["@oakserver/oak"],
    cases: (["deno", "node"] as const).map((runsOn) => ({
      title: "a route",
      runsOn,
      engine: "native",
      checks: SERVER_CHECKS,
      run: async (project) => [await project.serve(["server.mjs"])],
    })),
  }),
  server({
    name: "nest",
    title: "NestJS",
    versionOf: "@nestjs/core",
    packages: ["@nestjs/core", "@nestjs/common", "@nestjs/platform-express", "reflect-metadata", "rxjs"],
    cases: [{
      title: "a provider, and a route",
      engine: "native",
      checks: SERVER_CHECKS,
      run: async (project) => [await project.serve(["server.mjs"])],
    }],
  }),
];
