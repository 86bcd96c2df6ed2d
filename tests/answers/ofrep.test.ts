// OFREP's bulk evaluation, with OpenFeature's own provider for pages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature } from "@openfeature/web-sdk";
import { answersHandler } from "../../answers/mod.ts";
import { shopDocument, testClient, withFlag } from "../support/runtime.ts";

test("the web provider of OpenFeature gets its flags from the handler, and a 304 while nothing changes", async () => {
  let document = shopDocument();
  const { client } = await testClient({
    namespace: "shop",
    updateInterval: 0,
    fetcher: () => Promise.resolve(Response.json(document)),
  });
  const handler = answersHandler(client, {
    identify: (_request, { targetingKey, ...context } = {}) =>
      typeof targetingKey === "string" ? { entityId: targetingKey, context } : undefined,
  });
  const statuses: number[] = [];
  const provider = new OFREPWebProvider({
    baseUrl: "http://shop.test/flags",
    pollInterval: 0,
    cacheMode: "disabled",
    fetchImplementation: async (input, init) => {
      const response = await handler(new Request(input, init));
      statuses.push(response.status);
      return response;
    },
  });
  await OpenFeature.setContext({ targetingKey: "staff-1", country: "NL" });
  await OpenFeature.setProviderAndWait(provider);
  const flags = OpenFeature.getClient();
  assert.equal(flags.getBooleanValue("dark-mode", false), true);
  const checkout = flags.getStringDetails("checkout-flow", "none");
  assert.deepEqual([checkout.value, checkout.variant, checkout.reason], [
    "express",
    "express",
    "TARGETING_MATCH",
  ]);
  // Without a variant the default of the page's code is used.
  assert.equal(flags.getStringValue("no-rules", "mine"), "mine");
  const unknown = flags.getBooleanDetails("nope", true);
  assert.deepEqual([unknown.value, unknown.errorCode], [true, "FLAG_NOT_FOUND"]);
  const context = { targetingKey: "staff-1", country: "NL" };
  await provider.onContextChange?.(context, { ...context });
  document = { ...withFlag(shopDocument(), "dark-mode", { enabled: false }), digest: "another" };
  await client.refresh();
  await provider.onContextChange?.(context, { ...context });
  assert.equal(flags.getBooleanValue("dark-mode", true), false);
  assert.deepEqual(statuses, [200, 304, 200]);
  await OpenFeature.close();
  client.close();
});
