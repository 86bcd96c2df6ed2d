// The known answers of a server's evaluation API: what they are to, and how they are recorded.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocumentFlag } from "../../engines/document.ts";
import { readDocument } from "../../file/mod.ts";
import { record, recordedQuestions, recordingText } from "../../tasks/record_evaluation_api.ts";
import type { Answerer } from "../support/evaluation_server.ts";
import { answering, EvaluationServer, knownAnswers } from "../support/evaluation_server.ts";

async function against(
  document: unknown,
  answer: Answerer,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const server = await EvaluationServer.start(document, answer);
  try {
    await work(server.url);
  } finally {
    await server.close();
  }
}

test("the known answers are to all of the requests, about the flags of the features beside them", async () => {
  const folder = new URL("../fixtures/evaluation-api/", import.meta.url);
  const { flags } = await readDocument(new URL("features.yml", folder), { namespace: "shop" });
  for (const version of [1, 2] as const) {
    const { made, document, exchanges } = knownAnswers(version);
    assert.match(made, /^(recorded from Flipt v|computed by stand_in\.go .* not recorded$)/);
    const keys = (document.flags as readonly DocumentFlag[]).map(({ key }) => key);
    assert.deepEqual(keys.sort(), flags.map(({ key }) => key).sort());
    assert.deepEqual(exchanges.map(({ request }) => request), recordedQuestions());
  }
});

test("what is recorded of a server is what it answers; one without the features is refused", async () => {
  const told = knownAnswers(1);
  await against(told.document, answering(told), async (url) => {
    const recording = await record(url, told.made);
    assert.deepEqual(recording, told);
    assert.deepEqual(JSON.parse(recordingText(recording)), told);
  });
  await against({ namespace: { key: "shop" }, flags: [] }, answering(told), async (url) => {
    await assert.rejects(record(url, ""), /has the flags , and not those of features\.yml/);
  });
  await against(told.document, () => undefined, async (url) => {
    await assert.rejects(record(url, ""), /evaluate\/v1\/batch answered 400: /);
  });
});
