// The judge of the soak test: that it knows right answers from wrong ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BatchEvaluationResponse, EvaluationRequest, FliptClient } from "../../mod.ts";
import { Documents } from "../../tasks/soak/documents.ts";
import { Random } from "../support/random.ts";
import { testClient } from "../support/runtime.ts";
import type { DocumentJson } from "../support/server.ts";

async function clientOf(document: DocumentJson | undefined): Promise<FliptClient> {
  const fetcher = (): Promise<Response> =>
    Promise.resolve(document === undefined ? new Response("", { status: 404 }) : Response.json(document));
  const options = { namespace: "shop", updateInterval: 0, errorStrategy: "fallback", fetcher } as const;
  return (await testClient(options)).client;
}

function asking(client: FliptClient): (requests: readonly EvaluationRequest[]) => BatchEvaluationResponse {
  return (requests) => client.evaluateBatch(requests);
}

test("answers of a document that was made are right, whichever it is", async () => {
  const documents = new Documents(new Random(1));
  const made = [await documents.next(), await documents.next(), await documents.next()];
  for (const [number, document] of [...made.entries()].reverse()) {
    using client = await clientOf(document);
    assert.deepEqual(documents.judge(asking(client)), { kind: "right", number, isPushed: false });
  }
  assert.equal(documents.count, 3);
});

test("answers that differ in anything are wrong", async () => {
  const documents = new Documents(new Random(1));
  const document = await documents.next();
  using client = await clientOf(document);
  const changes: ((response: BatchEvaluationResponse) => void)[] = [
    ({ responses }) => responses.pop(),
    ({ responses }) => responses.reverse(),
    ({ responses }) => void responses.splice(1, 1, ...responses.slice(2, 3)),
    ({ responses }) => {
      for (const response of responses.slice(1)) {
        if (response.type !== "BOOLEAN_EVALUATION_RESPONSE_TYPE") continue;
        response.booleanEvaluationResponse.enabled = !response.booleanEvaluationResponse.enabled;
        return;
      }
    },
    ({ responses }) => {
      for (const response of responses.slice(1)) {
        if (response.type !== "VARIANT_EVALUATION_RESPONSE_TYPE") continue;
        response.variantEvaluationResponse.segmentKeys.push("another");
        return;
      }
    },
  ];
  for (const change of changes) {
    const judgement = documents.judge((requests) => {
      const response = client.evaluateBatch(requests);
      change(response);
      return response;
    });
    assert.equal(judgement.kind, "wrong", String(change));
  }
});

test("a document that was never served is wrong, and so are the flags of one with the number of another", async () => {
  const documents = new Documents(new Random(1));
  const [first, second] = [await documents.next(), await documents.next()];
  using other = await clientOf(await new Documents(new Random(2)).next());
  assert.equal(documents.judge(asking(other)).kind, "wrong");
  const mixed = { ...first, flags: [...first.flags.slice(0, -1), ...second.flags.slice(-1)] };
  using mixture = await clientOf(mixed);
  assert.equal(documents.judge(asking(mixture)).kind, "wrong");
});

test("a client without any flags is neither", async () => {
  const documents = new Documents(new Random(1));
  await documents.next();
  using client = await clientOf(undefined);
  assert.deepEqual(documents.judge(asking(client)), { kind: "empty" });
});
