// One of many processes: answers with its flags, and with which process it is.
import { FliptClient } from "@flipt-ffi/client";
import { createServer } from "node:http";
import { answersOf, namespace, url } from "./flags.mjs";

const client = await FliptClient.init({ url, namespace, updateInterval: 0.1 });
createServer((_, response) => {
  response.setHeader("connection", "close");
  response.end(JSON.stringify({ ...answersOf(client), pid: process.pid }));
}).listen(Number(process.env.PORT), "127.0.0.1");
