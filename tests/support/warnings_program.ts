// Evaluates with a misspelt context and with a value that counts as absent, in a process of its own: a process is told of
// each once.

import type { EvaluationContext, EvaluationRequest } from "../../mod.ts";
import { FliptClient } from "../../mod.ts";
import { shopDocument } from "./runtime.ts";

const fetcher = () => Promise.resolve(Response.json(shopDocument()));
const client = await FliptClient.init({ namespace: "shop", fetcher });
for (let count = 0; count < 3; count++) {
  const request = { flagKey: "checkout-flow", entityId: "e", ctx: { email: "a@shop.example" } };
  client.evaluateVariant(request as EvaluationRequest);
  const context = { email: { home: "a@shop.example" }, platform: null, unread: {} };
  client.evaluateVariant("checkout-flow", "e", context as unknown as EvaluationContext);
}
client.close();
