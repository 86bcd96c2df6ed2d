// Answers with status 200 that are no document, and what users give that is nearly what was asked for.

import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { DocumentError, FliptClient } from "../../../mod.ts";
import { flagDocument, FliptTestServer } from "../../../testing/mod.ts";
import { testedEngines } from "../../support/engines.ts";

const PAGE = "\n<!DOCTYPE html><html><title>Log in</title></html>";
const TEXT = JSON.stringify(flagDocument({ a: true }, "default"));
const engines = await testedEngines();

describe("an answer that is no document", () => {
  for (const { kind, options, skip } of engines) {
    test(`${kind}: a login page is called one, with the URL`, { skip }, async () => {
      await using server = await FliptTestServer.start();
      server.answerAlways({ status: 200, headers: { "content-type": "text/html" }, body: PAGE });
      const error = await FliptClient.init({ ...options, url: server.url }).catch((reason: unknown) =>
        reason
      );
      assert.ok(error instanceof DocumentError);
      assert.match(
        error.message,
        /^http:.* answered with HTML, not with a document: is there a login page or proxy/,
      );
    });
  }

  test("a content encoding that was not asked for is named", async () => {
    await using server = await FliptTestServer.start();
    const headers = { "content-encoding": "x-zip" };
    server.answerAlways({ status: 200, headers, body: new Uint8Array([80, 75, 3, 4]) });
    await assert.rejects(FliptClient.init({ url: server.url }), /"x-zip", which was not requested/);
  });
});

describe("a fetcher whose body", () => {
  const fetcher = (parts: readonly unknown[]) => () =>
    Promise.resolve({
      status: 200,
      headers: { get: () => null },
      ok: true,
      statusText: "OK",
      json: () => Promise.reject(new Error("the body is read")),
      body: ReadableStream.from(parts),
    });

  test("gives strings is taken", async () => {
    using client = await FliptClient.init({ fetcher: fetcher([TEXT.slice(0, 20), TEXT.slice(20)]) });
    assert.equal(client.evaluateBoolean("a", "user-1").enabled, true);
  });

  test("gives anything else is refused in words", async () => {
    const options = { errorStrategy: "fallback", fetcher: fetcher([{}]) } as const;
    using client = await FliptClient.init({ ...options, snapshot: await snapshot() });
    assert.match(client.status.lastError?.message ?? "", /its body must yield bytes, but yields an object/);
  });
});

async function snapshot(): Promise<string> {
  using client = await FliptClient.init({ fetcher: () => Promise.resolve(new Response(TEXT)) });
  return client.getSnapshot();
}

test("the url may be a URL", async () => {
  await using server = await FliptTestServer.start({ documents: { default: flagDocument({ a: true }) } });
  using client = await FliptClient.init({ url: new URL(server.url) });
  assert.equal(client.evaluateBoolean("a", "user-1").enabled, true);
});

test("one signal for many clients and listeners is warned of by nobody", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  const { signal } = new AbortController();
  const init = () => FliptClient.init({ signal, fetcher: () => Promise.resolve(new Response(TEXT)) });
  const clients = await Promise.all(Array.from({ length: 20 }, init));
  for (const client of clients) client.on("update", () => {}, { signal });
  // Node emits warnings in a turn of their own.
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", onWarning);
  for (const client of clients) client.close();
  assert.deepEqual(warnings, []);
});
