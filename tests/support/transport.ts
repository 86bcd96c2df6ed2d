// How the clients of tests reach their server: by the runtime's fetch, or with FLIPT_TEST_TRANSPORT=tls by the option
// `tls`, through a TLS front.

import process from "node:process";
import type { ClientOptions, FliptClient } from "../../mod.ts";
import { certificates, TlsFront } from "./certificates.ts";

const isTls = process.env["FLIPT_TEST_TRANSPORT"] === "tls";
const loopback = /^http:\/\/(127\.0\.0\.1|localhost):\d+/;
const fronts = new Map<string, string>();

/** For the `skip` of a test that makes no sense behind a TLS front. */
export function unlessFetch(why: string): false | string {
  return isTls && why;
}

/** Where a client of a test asked the server at `url`. */
export function reachedAs(url: string): string {
  return fronts.get(url) ?? url;
}

/** Makes a client that reaches its server by the transport under test. */
export async function overTransport(
  options: ClientOptions,
  make: (options: ClientOptions) => Promise<FliptClient>,
): Promise<FliptClient> {
  const { fetcher, tls } = options;
  const url = String(options.url ?? "");
  const [origin] = loopback.exec(url) ?? [];
  if (!isTls || origin === undefined || fetcher !== undefined || tls !== undefined) {
    return await make(options);
  }
  const { authority, server: { cert, key } } = certificates();
  const front = await TlsFront.start(origin, { cert, key });
  front.unref();
  fronts.set(origin, front.url);
  try {
    const over = { url: front.url + url.slice(origin.length), tls: { caCertData: authority.cert } };
    const client = await make({ ...options, ...over });
    client.on("status", ({ state }) => void (state === "closed" && front.close()));
    return client;
  } catch (error) {
    await front.close();
    throw error;
  }
}
