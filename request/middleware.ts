/**
 * Middleware for frameworks of the three runtimes that makes the flags of a request available through `flags()` of
 * `@flipt-ffi/client/request`. No framework is a dependency; only a few of their members are used.
 *
 * @example
 * ```ts no-run
 * import { type Context, Hono } from "hono";
 * import { FliptClient } from "@flipt-ffi/client";
 * import { honoFlags } from "@flipt-ffi/client/middleware";
 * import { flags } from "@flipt-ffi/client/request";
 *
 * const client = FliptClient.create({ url: "http://localhost:8080", namespace: "shop" });
 * const app = new Hono();
 * app.use(honoFlags(client, (c: Context) => ({ entityId: c.req.header("x-user") ?? "anonymous" })));
 * app.get("/", (c) => c.text(flags().isEnabled("dark-mode") ? "dark" : "light"));
 * ```
 *
 * @module
 */

export { elysiaFlags } from "./elysia.ts";
export { expressFlags, fastifyFlags } from "./node_servers.ts";
export { freshFlags, honoFlags, oakFlags } from "./web_servers.ts";
export type { ElysiaFlags } from "./elysia.ts";
export type { Identify, Identity, ScopeMaker } from "./identity.ts";
export type { ExpressFlags, FastifyFlags, ServerResponseLike } from "./node_servers.ts";
export type { FreshFlags, HonoContextLike, HonoFlags, OakFlags, StatefulContext } from "./web_servers.ts";
export type { Scope } from "../src/evaluation/scope.ts";
