// Fastify on Node: the client is a decorator of the app and is closed with it.
//
//     FLIPT_URL=http://localhost:8080 node examples/fastify.ts

import process from "node:process";
import { fastify } from "fastify";
import { FliptClient } from "@flipt-ffi/client";

declare module "fastify" {
  interface FastifyInstance {
    readonly flipt: FliptClient;
  }
}

const client = await FliptClient.init({
  url: process.env.FLIPT_URL,
  namespace: "shop",
  errorStrategy: "fallback", // after the first fetch, an outage of Flipt has no effect
  updateInterval: 30,
});

const app = fastify();
app.decorate("flipt", client);
app.addHook("onClose", () => client[Symbol.asyncDispose]());
client.on("error", (error) => app.log.warn(error));

app.get<{ Querystring: { user?: string } }>("/", ({ query, headers }) => {
  const context = { country: headers["x-country"] };
  const { variantKey } = app.flipt.evaluateVariant("checkout-flow", query.user ?? "anonymous", context);
  return { checkout: variantKey };
});

console.log(`Listening on ${await app.listen({ port: Number(process.env.PORT ?? 8000) })}`);
process.once("SIGTERM", () => app.close());
