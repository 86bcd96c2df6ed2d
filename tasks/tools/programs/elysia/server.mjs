// A route, with the client as a decorator.
import { FliptClient } from "@flipt-ffi/client";
import { Elysia } from "elysia";
import { answersOf, namespace, url } from "./flags.mjs";

const client = await FliptClient.init({ url, namespace, updateInterval: 0.1 });
new Elysia().decorate("flags", client).get("/", ({ flags }) => answersOf(flags)).listen(process.env.PORT);
