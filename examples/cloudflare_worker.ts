// A Cloudflare Worker with bindings for FLIPT_URL and the KV namespace FLAGS. Timers do not run between requests, so
// the flags are refreshed behind a response. A new isolate starts from KV, and only fetches first when KV is empty.

import { FliptClient } from "@flipt-ffi/client";

type KvNamespace = {
  get(key: string): Promise<string | null>;
  put(key: string, text: string): Promise<void>;
};
type Env = { readonly FLIPT_URL: string; readonly FLAGS: KvNamespace };
type Context = { waitUntil(work: Promise<unknown>): void };

const EDGE = { namespace: "shop", errorStrategy: "fallback", updates: "lazy", requestTimeout: 3 } as const;
let starting: Promise<FliptClient> | undefined;
let stored: string | undefined;

async function start({ FLIPT_URL: url, FLAGS }: Env): Promise<FliptClient> {
  const snapshot = await FLAGS.get("shop") ?? undefined;
  const client = await FliptClient.init({ ...EDGE, url, snapshot, initialFetch: snapshot === undefined });
  if (snapshot !== undefined) stored = client.status.digest;
  return client;
}

async function refresh(client: FliptClient, { FLAGS }: Env): Promise<void> {
  await client.touch({ maxAge: 30 });
  if (client.status.digest !== stored) await FLAGS.put("shop", client.getSnapshot());
  stored = client.status.digest;
}

export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    starting ??= start(env);
    context.waitUntil(starting); // goes on if the first request is cancelled, since others wait for it too
    const client = await starting;
    context.waitUntil(refresh(client, env).catch(console.warn));
    const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
    return Response.json({ checkout: client.variant("checkout-flow", user) });
  },
};
