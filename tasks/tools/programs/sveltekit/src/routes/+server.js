// An endpoint of SvelteKit; the client is made with the first request.
import { FliptClient } from "@flipt-ffi/client";
import { answersOf, namespace, url } from "../../flags.mjs";

let client;
export async function GET() {
  client ??= FliptClient.init({ url, namespace, updateInterval: 0.1 });
  return Response.json(answersOf(await client));
}
