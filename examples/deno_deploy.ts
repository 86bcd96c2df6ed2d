// A server for Deno Deploy, which stops a process that has nothing to do, and starts it again with the next request: the
// flags are refreshed behind a response, and no timers run.
//
//     FLIPT_URL=http://localhost:8080 deno run --allow-net --allow-env examples/deno_deploy.ts

import { FliptClient } from "@flipt-ffi/client";

const client = FliptClient.create({
  url: Deno.env.get("FLIPT_URL"),
  namespace: "shop",
  updates: "lazy",
  requestTimeout: 3,
  defaults: { "checkout-flow": "classic" },
});

const server = Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8000) }, async (request) => {
  await client.ready({ timeout: 1 });
  client.touch({ maxAge: 30 });
  const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
  using flags = client.for(user, { country: request.headers.get("x-country") });
  return Response.json({ checkout: flags.variant("checkout-flow") });
});

Deno.addSignalListener("SIGTERM", () => server.shutdown().then(() => client.close()));
