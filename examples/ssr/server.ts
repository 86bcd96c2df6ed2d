// Server-side rendering with Hono: the page contains the flags that it was rendered with, then follows their changes.
//
//     npx esbuild examples/ssr/page.ts --bundle --format=esm --minify --outfile=page.js
//     FLIPT_URL=http://localhost:8080 node examples/ssr/server.ts

import { readFile } from "node:fs/promises";
import process from "node:process";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { proxy } from "hono/proxy";
import { FliptClient } from "@flipt-ffi/client";

const { FLIPT_URL: url = "http://localhost:8080", PAGE = "page.js", PORT = "8000" } = process.env;
const client = await FliptClient.init({ url, namespace: "shop", errorStrategy: "fallback" });
const app = new Hono();

app.get("/", (c) => {
  const user = c.req.query("user") ?? "anonymous";
  const theme = client.evaluateBoolean("dark-mode", user).enabled ? "dark" : "light";
  // Escapes "<", so that the user's name cannot end the script element.
  const data = JSON.stringify({ user, snapshot: client.getSnapshot() }).replaceAll("<", "\\u003c");
  return c.html(
    `<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,"><body data-theme="${theme}">
<script type="application/json" id="flags">${data}</script><script type="module" src="/page.js"></script>`,
  );
});
app.get("/page.js", async (c) => c.body(await readFile(PAGE), 200, { "content-type": "text/javascript" }));

// Only these two paths are forwarded. The browser can read every rule of the namespace: keep secret ones in another.
const SNAPSHOT_PATH = "/internal/v1/evaluation/snapshot/namespace/shop";
for (const path of [SNAPSHOT_PATH, "/client/v2/environments/default/namespaces/shop/stream"]) {
  app.get(`/flipt${path}`, (c) => proxy(url + path, { raw: c.req.raw }));
}

const server = serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) => console.log(`On port ${port}`));
process.once("SIGTERM", () => {
  server.close(() => client.close());
  if ("closeAllConnections" in server) server.closeAllConnections(); // streams end, too
});
