// The example of a shop, started as its users start it: with a server that is killed and brought back, and with one that
// is not there to begin with.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { ownRuntime } from "../tasks/runtimes.ts";
import { signOverrides } from "../overrides/mod.ts";
import { FliptTestServer } from "../testing/mod.ts";
import { type RunningProgram, startProgram } from "./support/programs.ts";
import { shopDocument, withFlag } from "./support/runtime.ts";

const { name, executable } = ownRuntime();
const on = { timeout: 60_000, skip: process.platform === "win32" && "Windows has no SIGTERM" };

/** The shop's flags, with free shipping for all or for nobody. */
function documents(freeShipping: boolean): { shop: ReturnType<typeof shopDocument> } {
  return { shop: withFlag(shopDocument(), "free-shipping", { enabled: freeShipping, rollouts: [] }) };
}

const OVERRIDES_SECRET = "a secret of more than 32 characters";

function startShop(url: string): Promise<RunningProgram> {
  return startProgram({
    executable,
    parameters: [...(name === "deno" ? ["run", "-A"] : []), "examples/shop/server.ts"],
    environment: { FLIPT_URL: url, FLIPT_INTERVAL: "0.2", PORT: "0", OVERRIDES_SECRET },
    port: /On port (\d+)/,
  });
}

interface Checkout {
  readonly flow: string;
  readonly shippingCents: number;
  readonly used: readonly { readonly key: string; readonly usedDefault: boolean }[];
}

async function checkout(shop: RunningProgram): Promise<Checkout> {
  const response = await fetch(`${shop.url}/checkout?user=staff-1`);
  assert.equal(response.status, 200);
  return await response.json();
}

interface Health {
  readonly status: string;
  readonly reasons: readonly string[];
}

/** The health as soon as it is as expected; asked again and again, since nothing tells of it. */
async function healthWhen(shop: RunningProgram, isExpected: (health: Health) => boolean): Promise<Health> {
  for (;;) {
    const response = await fetch(`${shop.url}/health`);
    const health: Health = await response.json();
    assert.equal(response.status, 200);
    if (isExpected(health)) return health;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test(
  `the shop answers on ${name} while its server is killed, and takes new flags when that is back`,
  on,
  async () => {
    let server = await FliptTestServer.start({ documents: documents(false) });
    const port = Number(new URL(server.url).port);
    await using shop = await startShop(server.url);
    await healthWhen(shop, ({ status }) => status === "ready");
    const fresh = await checkout(shop);
    assert.deepEqual([fresh.flow, fresh.shippingCents], ["express", 495]);
    assert.deepEqual(fresh.used.map(({ key, usedDefault }) => [key, usedDefault]), [
      ["checkout-flow", false],
      ["free-shipping", false],
    ]);

    const page = await fetch(`${shop.url}/?user=user-1`);
    const html = await page.text();
    assert.match(html, /data-theme="dark"[^]*<h1>Sale &#34;now&#34;<\/h1>[^]*Shipping: 4\.95/);
    const nonce = /nonce-([\w-]+)/.exec(page.headers.get("content-security-policy") ?? "")?.[1];
    assert.ok(nonce !== undefined && html.includes(`nonce="${nonce}"`));
    assert.match(html, /"dark-mode":\{"value":true/);
    assert.doesNotMatch(html, /constraint|segment|free-shipping/i);
    const flags = await fetch(`${shop.url}/flags?user=user-1`);
    assert.deepEqual(Object.keys((await flags.json()).flags).sort(), ["banner", "dark-mode"]);
    const again = await fetch(`${shop.url}/flags?user=user-1`, {
      headers: { "if-none-match": flags.headers.get("etag") ?? "" },
    });
    assert.equal(again.status, 304);

    await server.close();
    const down = await healthWhen(shop, ({ reasons }) => reasons.length > 0);
    assert.equal(down.status, "ready");
    assert.match(down.reasons[0] ?? "", /fetch(es)? failed: could not reach/);
    assert.equal((await checkout(shop)).shippingCents, 495);

    server = await FliptTestServer.start({ documents: documents(true), port });
    await healthWhen(shop, ({ reasons }) => reasons.length === 0);
    while ((await checkout(shop)).shippingCents !== 0) await server.received(1);
    const metrics = await (await fetch(`${shop.url}/metrics`)).text();
    assert.match(metrics, /flipt_client_ready\{service="shop"\} 1/);
    assert.match(metrics, /flipt_client_evaluations_total\{[^}]*flag="free-shipping"[^}]*\} \d/);
    await server.close();
    assert.equal((await shop.stop()).end, 0);
  },
);

test(
  `the shop opens on ${name} without a server, with its defaults, and gets its flags later`,
  on,
  async () => {
    const gone = await FliptTestServer.start();
    const port = Number(new URL(gone.url).port);
    await gone.close();
    await using shop = await startShop(gone.url);
    const closed = await checkout(shop);
    assert.deepEqual([closed.flow, closed.shippingCents], ["classic", 0]);
    assert.ok(closed.used.every(({ usedDefault }) => usedDefault));
    const server = await FliptTestServer.start({ documents: documents(false), port });
    await healthWhen(shop, ({ status, reasons }) => status === "ready" && reasons.length === 0);
    assert.deepEqual(await checkout(shop).then(({ flow, shippingCents }) => [flow, shippingCents]), [
      "express",
      495,
    ]);
    await server.close();
    const { end, errors } = await shop.stop();
    assert.equal(end, 0);
    assert.match(errors, /flipt: the default is returned for flag "checkout-flow" \(NOT_READY\)/);
  },
);

test(`testers of the shop on ${name} override flags for themselves, pages included`, on, async () => {
  await using server = await FliptTestServer.start({ documents: documents(false) });
  await using shop = await startShop(server.url);
  const asked = async (path: string, secret: string): Promise<Response> => {
    const token = await signOverrides({ "checkout-flow": "one-page", "dark-mode": false }, { secret });
    return await fetch(`${shop.url}${path}?user=staff-1`, {
      headers: { cookie: `flipt-overrides=${token}` },
    });
  };
  const flow = async (secret: string): Promise<string> => {
    return (await (await asked("/checkout", secret)).json() as Checkout).flow;
  };
  assert.equal(await flow(OVERRIDES_SECRET), "one-page");
  assert.equal(await flow(OVERRIDES_SECRET.toUpperCase()), "express");
  assert.match(
    await (await asked("/", OVERRIDES_SECRET)).text(),
    /data-theme="light"[^]*"dark-mode":\{"value":false/,
  );
  const answers = await (await asked("/flags", OVERRIDES_SECRET)).json();
  assert.equal(answers.flags["dark-mode"].reason, "OVERRIDE_EVALUATION_REASON");
  assert.match(
    await (await fetch(`${shop.url}/metrics`)).text(),
    /flag="checkout-flow",variant="one-page",reason="override"/,
  );
});

test(`the shop on ${name} ends while pages follow their flags`, on, async () => {
  await using server = await FliptTestServer.start({ documents: documents(false) });
  await using shop = await startShop(server.url);
  await healthWhen(shop, ({ status }) => status === "ready");
  const page = await fetch(`${shop.url}/flags?user=user-1`, { headers: { accept: "text/event-stream" } });
  const events = page.body?.getReader();
  assert.equal((await events?.read())?.done, false);
  assert.equal((await shop.stop()).end, 0);
  assert.equal((await events?.read())?.done, true);
});
