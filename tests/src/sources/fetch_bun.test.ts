// Decompression as Bun's fetch leaves it to us; every runtime has what it uses.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { bunFetch } from "../../../src/sources/fetch_bun.ts";

const TEXT = '{"namespace":{"key":"shop"}}';
const INIT = {
  headers: { accept: "application/json" },
  redirect: "manual",
  signal: new AbortController().signal,
} as const;

/** Puts a fetch in the place of the runtime's, and tells what it was asked with. */
function replaceFetch(
  t: TestContext,
  encoding: string,
  source: UnderlyingDefaultSource<Uint8Array>,
): { init?: RequestInit } {
  const asked: { init?: RequestInit } = {};
  const original = globalThis.fetch;
  t.after(() => {
    globalThis.fetch = original;
  });
  globalThis.fetch = ((_url: string, init: RequestInit) => {
    asked.init = init;
    const headers = { "content-encoding": encoding, etag: "a" };
    return Promise.resolve(new Response(new ReadableStream(source, { highWaterMark: 0 }), { headers }));
  }) as typeof fetch;
  return asked;
}

/** A body of so many chunks. */
function bodyOf(chunks: readonly Uint8Array[]): UnderlyingDefaultSource<Uint8Array> {
  return {
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  };
}

/** Bytes one by one. */
function single(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from(bytes, (_, index) => bytes.slice(index, index + 1));
}

for (const encoding of ["gzip", "GZIP", "x-gzip"]) {
  test(`a body of ${encoding} is decompressed here, not by Bun, which would not stop at the limit`, async (t) => {
    const asked = replaceFetch(t, encoding, bodyOf(single(gzipSync(TEXT))));
    const response = await bunFetch("http://flipt.example.com", INIT);
    assert.equal(await response.text(), TEXT);
    assert.equal(response.headers.get("etag"), "a");
    const { decompress, timeout, headers } = asked.init as unknown as Record<string, unknown>;
    assert.deepEqual([decompress, timeout], [false, false]);
    assert.deepEqual(headers, { "Accept-Encoding": "gzip", accept: "application/json" });
  });
}

test("a body that a fetch in the place of Bun's own has decompressed is left as it is", async (t) => {
  for (const text of [TEXT, ""]) {
    replaceFetch(t, "gzip", bodyOf(single(new TextEncoder().encode(text))));
    assert.equal(await (await bunFetch("http://flipt.example.com", INIT)).text(), text);
  }
});

test("a gzip that is cut off is an error", async (t) => {
  replaceFetch(t, "gzip", bodyOf([gzipSync(TEXT).subarray(0, 30)]));
  await assert.rejects((await bunFetch("http://flipt.example.com", INIT)).text());
});

test("a body that is no longer wanted is cancelled at its origin, before and after its first chunk", async (t) => {
  for (const count of [0, 1]) {
    await new Promise<void>((resolve, reject) => {
      replaceFetch(t, "gzip", {
        pull: (controller) => controller.enqueue(gzipSync(TEXT)),
        cancel: () => resolve(),
      });
      cancelAfter(count).catch(reject);
    });
  }
});

async function cancelAfter(count: number): Promise<void> {
  const reader = (await bunFetch("http://flipt.example.com", INIT)).body?.getReader();
  for (let read = 0; read < count; read++) await reader?.read();
  await reader?.cancel("enough");
}
