// Deno.serve: evaluates each request with flags in memory, which are updated in the background.
//
//     FLIPT_URL=http://localhost:8080 deno run --allow-net --allow-env --allow-ffi examples/deno_serve.ts

import { FliptClient } from "@flipt-ffi/client";

const client = await FliptClient.init({
  url: Deno.env.get("FLIPT_URL"),
  namespace: "shop",
  errorStrategy: "fallback", // after the first fetch, an outage of Flipt has no effect
  updateInterval: 30,
});

const server = Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8000) }, (request) => {
  const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
  const context = { country: request.headers.get("x-country") ?? "" };
  const { variantKey } = client.evaluateVariant("checkout-flow", user, context);
  return Response.json({ checkout: variantKey });
});

Deno.addSignalListener("SIGTERM", () => void server.shutdown());
await server.finished;
client.close();
