// What a client warns of: a process is told of each once, so this is a file of its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationContext, EvaluationRequest } from "../../../mod.ts";
import { shopDocument, testClient } from "../../support/runtime.ts";

test("a context under another name, and values that count as absent, are warned of once", async () => {
  const fetcher = () => Promise.resolve(Response.json(shopDocument()));
  const { client } = await testClient({ namespace: "shop", fetcher });
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => void warnings.push(text);
  try {
    for (let i = 0; i < 3; i++) {
      const request = { flagKey: "checkout-flow", entityId: "e", ctx: { email: "a@shop.example" } };
      client.evaluateVariant(request as EvaluationRequest);
      const context = { email: { home: "a@shop.example" }, platform: null, unread: {} };
      client.evaluateVariant("checkout-flow", "e", context as unknown as EvaluationContext);
    }
  } finally {
    console.warn = warn;
  }
  assert.deepEqual(warnings, [
    'flipt: a request has "ctx" in place of context, and is evaluated without one',
    'flipt: in the context, "email" is an object, which counts as absent: ' +
    "constraints compare strings, numbers and booleans",
  ]);
  client.close();
});
