// A Cloudflare Worker with bindings for FLIPT_URL and the KV namespace FLAGS. Timers do not run between requests, so
// the flags are refreshed after a response. A new isolate starts from KV, and only fetches first when KV is empty.

import { FliptClient } from "@flipt-ffi/client";

interface KvNamespace {
  get(key: string): Promise<string | null>;
  put(key: string, text: string): Promise<void>;
}

type Env = { readonly FLIPT_URL: string; readonly FLAGS: KvNamespace };
type Context = { waitUntil(work: Promise<unknown>): void };

const EDGE = { engine: "portable", errorStrategy: "fallback", updateInterval: 0, requestTimeout: 3 } as const;
let starting: Promise<FliptClient> | undefined;
let refreshAt = 0;

async function start({ FLIPT_URL: url, FLAGS }: Env): Promise<FliptClient> {
  const snapshot = await FLAGS.get("shop") ?? undefined;
  const initialFetch = snapshot === undefined;
  return await FliptClient.init({ ...EDGE, url, namespace: "shop", snapshot, initialFetch });
}

async function refresh(client: FliptClient, { FLAGS }: Env): Promise<void> {
  refreshAt = Date.now() + 30_000;
  const isNew = await client.refresh();
  if (isNew || await FLAGS.get("shop") === null) await FLAGS.put("shop", client.getSnapshot());
}

export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    starting ??= start(env);
    context.waitUntil(starting); // goes on if the first request is cancelled, since others wait for it too
    const client = await starting;
    if (Date.now() >= refreshAt) context.waitUntil(refresh(client, env).catch(console.warn));
    const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
    return Response.json({ checkout: client.evaluateVariant("checkout-flow", user).variantKey });
  },
};
