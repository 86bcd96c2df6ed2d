// A route of Nitro; the client is made with the first request.
import { FliptClient } from "@flipt-ffi/client";
import { eventHandler } from "h3";
import { answersOf, namespace, url } from "../flags.mjs";

let client;
export default eventHandler(async () => {
  client ??= FliptClient.init({ url, namespace, updateInterval: 0.1 });
  return answersOf(await client);
});
