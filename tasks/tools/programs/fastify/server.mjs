// A route, and the client closed with the server.
import { FliptClient } from "@flipt-ffi/client";
import fastify from "fastify";
import { answersOf, namespace, url } from "./flags.mjs";

const app = fastify();
const client = await FliptClient.init({ url, namespace, updateInterval: 0.1 });
app.decorate("flags", client);
app.addHook("onClose", () => client.close());
app.get("/", function () {
  return answersOf(this.flags);
});
await app.listen({ port: Number(process.env.PORT) });
