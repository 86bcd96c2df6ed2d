// A route, with the client in the variables of the context.
import { FliptClient } from "@flipt-ffi/client";
import { Hono } from "hono";
import { answersOf, namespace, url } from "./flags.mjs";

const client = await FliptClient.init({ url, namespace, updateInterval: 0.1 });
export const app = new Hono();
app.use((context, next) => {
  context.set("flags", client);
  return next();
});
app.get("/", (context) => context.json(answersOf(context.get("flags"))));
export const port = Number(process.env.PORT);
