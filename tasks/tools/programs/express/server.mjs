// A route, with the client in the locals of the application.
import { FliptClient } from "@flipt-ffi/client";
import express from "express";
import { answersOf, namespace, url } from "./flags.mjs";

const app = express();
app.locals.flags = await FliptClient.init({ url, namespace, updateInterval: 0.1 });
app.get("/", (request, response) => {
  response.json(answersOf(request.app.locals.flags));
});
app.listen(Number(process.env.PORT), "127.0.0.1");
