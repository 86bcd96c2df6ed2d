// Targets of the fuzzer that take what comes from a server.

import assert from "node:assert/strict";
import type { CompiledState } from "../../engines/engine.ts";
import { allowing, fixture, JSON_WORDS, type Target } from "./target.ts";

/** Cuts bytes where the first of them say. */
function cut(input: Uint8Array): { readonly bytes: Uint8Array; readonly chunks: readonly Uint8Array[] } {
  const [step = 0] = input;
  const bytes = input.subarray(1);
  const size = 1 + (step & 63);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  return { bytes, chunks };
}

/** A state answers whatever it is asked, or says why not. */
async function askAll(state: CompiledState): Promise<void> {
  for (const { key, type } of state.listFlags().slice(0, 20)) {
    const context = { country: "NL", age: 5, "": "x" };
    await allowing(() =>
      type === "BOOLEAN_FLAG_TYPE"
        ? state.evaluateBoolean(key, "e", context)
        : state.evaluateVariant(key, "e", context)
    );
  }
  state.snapshot();
  state.release();
}

const DOCUMENT_WORDS: readonly string[] = [
  ...JSON_WORDS,
  '"flags"',
  '"rules"',
  '"segments"',
  '"constraints"',
  '"rollouts"',
  '"threshold"',
  '"percentage"',
  "isoneof",
  "DATETIME_CONSTRAINT_COMPARISON_TYPE",
  "NUMBER_CONSTRAINT_COMPARISON_TYPE",
  "BOOLEAN_FLAG_TYPE",
];

/** The bytes of a document. */
export const document: Target = {
  name: "document",
  seeds: () =>
    JSON.parse(fixture("shop/v2.json")).flags.map((flag: unknown) =>
      JSON.stringify({ namespace: { key: "shop" }, flags: [flag] })
    ),
  words: DOCUMENT_WORDS,
  load: async () => {
    const { portableEngine } = await import("../../engines/portable/mod.ts");
    const { documentSteps } = await import("../../engines/large.ts");
    return async (input) => {
      const compilation = portableEngine().compile("document", "shop");
      compilation.write(input);
      let state: CompiledState | undefined;
      if (await allowing(async () => state = await compilation.finish())) {
        await askAll(state as CompiledState);
      }
      // As if it was large: the same flags, or both refuse it.
      await allowing(() => [...documentSteps(input)]);
    };
  },
};

/** The lines of a stream, cut anywhere. */
export const stream: Target = {
  name: "stream",
  seeds: () => [
    '\u0007{"result":{"a":1}}\n\n{"result":{}}\n',
    '\u0001{"error":{"code":5}}\n{"result":{}\n{"result":{} }\r\n',
    '\u0003\n \n\t\nnonsense\n{"result":[1,2]}  \n',
  ],
  words: ['{"result":', '{"error":', "}\n", "\n", " ", "\r\n", "\t", ...JSON_WORDS],
  load: async () => {
    const { StreamLines } = await import("../../src/sources/ndjson_stream.ts");
    const events = (chunks: readonly Uint8Array[]): string[] => {
      const told: string[] = [];
      const document = () => {
        let text = "";
        return {
          write: (bytes: Uint8Array) => void (text += String.fromCharCode(...bytes)),
          end: () => void told.push(`document ${text}`),
          abandon: () => void told.push("abandoned"),
        };
      };
      const lines = new StreamLines(
        {
          document,
          serverError: (text) => void told.push(`error ${text}`),
          invalid: () => void told.push("invalid"),
        },
        1 << 20,
      );
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length;) {
          const next = lines.take(chunk, at);
          assert.ok(next > at, "no byte was taken");
          at = next;
        }
      }
      lines.stop();
      return told;
    };
    return (input) => {
      const { bytes, chunks } = cut(input);
      assert.deepEqual(events(chunks), events([bytes]));
    };
  },
};

const STATUSES: readonly number[] = [200, 200, 200, 304, 302, 307, 401, 403, 404, 408, 429, 500, 503];

/** HTTP responses: how the body is cut, the status, headers and the body. */
export const responses: Target = {
  name: "responses",
  seeds: () => [
    `\u0007\u0000etag: "a"\n\n{"namespace":{"key":"shop"},"flags":[]}`,
    "\u0007\u0004location: /there\n\n",
    '\u0007\u000acontent-type: application/json\nretry-after: 120\n\n{"code":5,"message":"no"}',
    '\u0007\u0003etag: W/"b"\n\n',
    "\u0007\u000cretry-after: Wed, 21 Oct 2065 07:28:00 GMT\n\n<html>",
  ],
  words: [
    "etag: ",
    "location: ",
    "retry-after: ",
    "content-type: text/html\n",
    "www-authenticate: ",
    "//",
    "http://localhost",
    "\n\n",
    ...JSON_WORDS,
  ],
  load: async () => {
    const { HttpRequester } = await import("../../src/sources/http_request.ts");
    const { HttpSource } = await import("../../src/sources/http_source.ts");
    const { portableEngine } = await import("../../engines/portable/mod.ts");
    return async (input) => {
      const { chunks } = cut(input);
      const text = new TextDecoder("latin1").decode(input.subarray(2));
      const [head = ""] = text.split("\n\n", 1);
      const headers = new Headers();
      for (const line of head.split("\n")) {
        const colon = line.indexOf(":");
        try {
          headers.append(line.slice(0, colon), line.slice(colon + 1));
        } catch {
          // A runtime lets no such header through.
        }
      }
      const status = STATUSES[(input[1] ?? 0) % STATUSES.length] as number;
      const respond = (): Promise<Response> => {
        const body = status === 304 ? null : new ReadableStream<Uint8Array>({
          start(controller) {
            let left = Math.max(0, head.length + 3);
            for (const chunk of chunks) {
              const from = Math.min(left, chunk.length);
              left -= from;
              if (from < chunk.length) controller.enqueue(chunk.subarray(from));
            }
            controller.close();
          },
        });
        return Promise.resolve(new Response(body, { status, headers }));
      };
      const settings = {
        url: "http://localhost:1",
        namespace: "shop",
        environment: "default",
        reference: undefined,
        authentication: { clientToken: "secret" },
        tls: undefined,
      };
      const source = new HttpSource(new HttpRequester(settings, respond), settings);
      for (const held of [undefined, { etag: '"a"' }]) {
        await allowing(async () => {
          const result = await source.ask(held as never, new AbortController().signal);
          if (result.kind === "unchanged") return;
          const compilation = portableEngine().compile("document", "shop");
          for await (const chunk of result.chunks) compilation.write(chunk);
          (await compilation.finish()).release();
        });
      }
    };
  },
};
