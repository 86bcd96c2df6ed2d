// A shop that depends on its flags, and not on Flipt being up: the same file on Deno, Bun and Node.
//
//     FLIPT_URL=http://localhost:8080 node examples/shop/server.ts
//
// It is up within two seconds, whatever Flipt does, and answers from defaults until the flags are there. Each request has
// one flag state. Pages get answers and no rules. Testers override flags for themselves, by a cookie that is signed with
// OVERRIDES_SECRET. /health and /metrics are for those who operate it.

import process from "node:process";
import { serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { FliptClient } from "@flipt-ffi/client";
import { answersHandler, answersScript, type Visitor } from "@flipt-ffi/client/answers";
import { healthResponse } from "@flipt-ffi/client/health";
import { honoFlags } from "@flipt-ffi/client/middleware";
import { signedOverrides } from "@flipt-ffi/client/overrides";
import { fliptMetrics } from "@flipt-ffi/client/prometheus";
import { flags } from "@flipt-ffi/client/request";

/** The flags that the shop knows: the compiler checks keys, variants and defaults. */
interface Flags {
  "dark-mode": { type: "boolean" };
  "free-shipping": { type: "boolean" };
  "checkout-flow": { type: "variant"; variants: "classic" | "one-page" | "express" };
  banner: { type: "variant" };
}

/** What pages may know. */
const PAGE_FLAGS = ["dark-mode", "banner"] as const;

const metrics = fliptMetrics({ namespace: "shop", labels: { service: "shop" } });

const client = FliptClient.create<Flags>({
  url: process.env.FLIPT_URL,
  namespace: "shop",
  updateInterval: Number(process.env.FLIPT_INTERVAL ?? 30),
  maxStaleness: 300,
  defaults: { "dark-mode": false, "free-shipping": true, "checkout-flow": "classic", banner: { title: "" } },
  hooks: [metrics.hook],
  logger: console,
  logLevel: "warn",
});
metrics.observe(client);

// Two seconds for the flags; then the shop opens, with what it has.
console.log("flags:", await client.ready({ timeout: 2 }));

const secret = process.env.OVERRIDES_SECRET;
const overridesOf = secret === undefined ? undefined : signedOverrides({
  secret,
  onRejected: (reason) => console.warn("overrides were rejected:", reason),
});

/** Who a request is from. A real shop reads its session here. */
async function visitorOf(request: Request): Promise<Visitor> {
  return {
    entityId: new URL(request.url).searchParams.get("user") ?? "anonymous",
    context: { country: request.headers.get("x-country") ?? "" },
    overrides: await overridesOf?.(request),
  };
}

/** What shipping costs: it is handed no flags, and has those of the request. */
function shippingCents(): number {
  return flags<Flags>().isEnabled("free-shipping") ? 0 : 495;
}

function page(nonce: string): string {
  const shop = flags<Flags>();
  const { title } = shop.value("banner", { default: { title: "" } });
  const escaped = title.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<!doctype html>
<html data-theme="${shop.isEnabled("dark-mode") ? "dark" : "light"}">
<title>Shop</title>
<h1>${escaped}</h1>
<p>Shipping: ${(shippingCents() / 100).toFixed(2)}</p>
${answersScript(shop, { keys: PAGE_FLAGS, nonce })}
</html>`;
}

const app = new Hono();

app.get("/health", () => healthResponse(client, { allowDefaults: true }));
app.get("/metrics", () => metrics.response());

const answers = answersHandler(client, { identify: visitorOf, keys: PAGE_FLAGS });
app.all("/flags", (c) => answers(c.req.raw));
app.all("/flags/*", (c) => answers(c.req.raw));

app.use(honoFlags(client, (c: Context) => visitorOf(c.req.raw)));

app.get("/", (c) => {
  const nonce = crypto.randomUUID();
  c.header("content-security-policy", `script-src 'nonce-${nonce}'`);
  return c.html(page(nonce));
});

app.get("/checkout", (c) => {
  const flow = flags<Flags>().variant("checkout-flow");
  const cents = shippingCents();
  const used = Object.entries(flags().used()).map(([key, { value, usedDefault, reason }]) => ({
    key,
    value,
    usedDefault,
    reason,
  }));
  return c.json({ flow, shippingCents: cents, used });
});

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8000) }, ({ port }) => {
  console.log(`On port ${port}`);
});

// No new requests. Those that are being served keep the flags that they have; closing the client ends the event streams,
// which the server would wait for.
process.once("SIGTERM", () => {
  server.close();
  client.close();
});
