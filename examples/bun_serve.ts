// Bun.serve: evaluates each request with flags in memory, which Flipt streams to the process.
//
//     FLIPT_URL=http://localhost:8080 bun examples/bun_serve.ts

/// <reference path="./bun.d.ts" />
import process from "node:process";
import { FliptClient } from "@flipt-ffi/client";

const client = await FliptClient.init({
  url: Bun.env.FLIPT_URL,
  namespace: "shop",
  errorStrategy: "fallback", // after the first fetch, an outage of Flipt has no effect
  fetchMode: "streaming",
});

const server = Bun.serve({
  port: Bun.env.PORT ?? 8000,
  routes: {
    "/": (request) => {
      const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
      const context = { country: request.headers.get("x-country") ?? "" };
      const { variantKey } = client.evaluateVariant("checkout-flow", user, context);
      return Response.json({ checkout: variantKey });
    },
  },
});
console.log(`Listening on ${server.url}`);

process.once("SIGTERM", async () => {
  await server.stop();
  client.close();
});
