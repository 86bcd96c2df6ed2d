// When a context is read: once for requests of a batch that share it, and anew in every other call.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationContext, EvaluationRequest } from "../../../mod.ts";
import { FliptClient } from "../../../mod.ts";
import { noted } from "../../support/noted_context.ts";
import { fetchShop } from "../../support/shop_client.ts";

function init(): Promise<FliptClient> {
  return FliptClient.init({ namespace: "shop", updateInterval: 0, fetcher: fetchShop, engine: "portable" });
}

test("requests of a batch that follow each other read a context that they share once", async () => {
  const client = await init();
  const staff = noted({ email: "a@shop.example", platform: "ios" });
  const mobile = noted({ email: "a@b.example", platform: "ios" });
  const of = (context: EvaluationContext, ...entities: string[]) =>
    entities.map((entityId) => ({ flagKey: "checkout-flow", entityId, context }));
  const keysOf = (requests: readonly EvaluationRequest[]) =>
    client.evaluateBatch(requests).responses.map((each) => each.variantEvaluationResponse?.segmentKeys);
  const alone = keysOf(of(staff.context, "e1"));
  const reads = staff.read.splice(0);
  assert.deepEqual(alone, [["staff"]]);
  assert.ok(reads.length > 0 && reads.length === new Set(reads).size);
  assert.deepEqual(keysOf(of(staff.context, "e1", "e2", "e3")), [["staff"], ["staff"], ["staff"]]);
  assert.deepEqual(staff.read.splice(0), reads);
  const requests = [...of(staff.context, "e"), ...of(mobile.context, "e"), ...of(staff.context, "e")];
  assert.deepEqual(keysOf(requests), [["staff"], ["mobile"], ["staff"]]);
  assert.deepEqual(staff.read.splice(0), [...reads, ...reads]);
  const late = [...of(mobile.context, "e"), ...of(staff.context, "e1", "e2", "e3", "e4")];
  assert.deepEqual(keysOf(late), [["mobile"], ...Array(4).fill(["staff"])]);
  // Behind a request with another context, the first one reads for itself alone.
  assert.deepEqual(staff.read, [...reads, ...reads]);
  client.close();
});

test("a context that changes between two calls is read anew", async () => {
  const client = await init();
  const context: Record<string, string> = { email: "a@shop.example" };
  const request = { flagKey: "checkout-flow", entityId: "e", context };
  const batch = () =>
    client.evaluateBatch([request, request]).responses.map((each) =>
      each.variantEvaluationResponse?.segmentKeys[0]
    );
  assert.deepEqual(batch(), ["staff", "staff"]);
  context["email"] = "a@b.example";
  assert.deepEqual(batch(), ["everyone", "everyone"]);
  context["platform"] = "ios";
  assert.deepEqual(client.evaluateVariant(request).segmentKeys, ["mobile"]);
  assert.deepEqual(batch(), ["mobile", "mobile"]);
  client.close();
});

test("a getter that evaluates inside a batch leaves the batch its own context", async () => {
  const client = await init();
  const ios = {
    flagKey: "checkout-flow",
    entityId: "e",
    context: { platform: "ios", email: "a@shop.example" },
  };
  const context = {
    email: "a@b.example",
    get platform(): string {
      client.evaluateBatch([ios, ios]);
      client.evaluateVariant(ios);
      return "web";
    },
  };
  const request = { flagKey: "checkout-flow", entityId: "e", context };
  const { responses } = client.evaluateBatch([request, request, request]);
  const keys = responses.map((each) => each.variantEvaluationResponse?.segmentKeys);
  assert.deepEqual(keys, [["everyone"], ["everyone"], ["everyone"]]);
  client.close();
});
