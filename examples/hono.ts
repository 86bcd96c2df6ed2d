// Hono, the same file on Deno, Bun and Node: a middleware provides every handler with the flags of its user.
//
//     FLIPT_URL=http://localhost:8080 node examples/hono.ts

import process from "node:process";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { FliptClient } from "@flipt-ffi/client";

const client = await FliptClient.init({
  url: process.env.FLIPT_URL,
  namespace: "shop",
  errorStrategy: "fallback", // after the first fetch, an outage of Flipt has no effect
  updateInterval: 30,
});

const app = new Hono<{ Variables: { isOn: (flagKey: string) => boolean } }>();

app.use(async (c, next) => {
  const user = c.req.query("user") ?? "anonymous";
  const context = { country: c.req.header("x-country") };
  c.set("isOn", (flagKey) => client.evaluateBoolean(flagKey, user, context).enabled);
  await next();
});

app.get("/", (c) => c.json({ theme: c.var.isOn("dark-mode") ? "dark" : "light" }));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8000) }, ({ port }) => {
  console.log(`On port ${port}`);
});

process.once("SIGTERM", () => server.close(() => client.close()));
