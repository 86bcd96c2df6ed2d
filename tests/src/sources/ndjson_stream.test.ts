// Taking a stream of lines apart, wherever its bytes are cut.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { StreamLines } from "../../../src/sources/ndjson_stream.ts";

/** What chunks come to: documents as their text, errors and invalid lines by their kind. */
function read(chunks: readonly (string | Uint8Array)[], stop = true): string[] {
  const found: string[] = [];
  const lines = new StreamLines({
    document: () => {
      const parts: Uint8Array[] = [];
      return {
        write: (bytes) => parts.push(new Uint8Array(bytes)),
        end: () => found.push(textOf(parts)),
        abandon: () => found.push(`abandoned ${textOf(parts)}`),
      };
    },
    serverError: (text) => found.push(`error ${text}`),
    invalid: () => found.push("invalid"),
  });
  for (const chunk of chunks) {
    lines.add(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
  }
  if (stop) lines.stop();
  return found;
}

function textOf(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}

test("the lines of a real stream become the bytes of its documents", () => {
  const bytes = readFileSync(new URL("../../fixtures/shop/stream.ndjson", import.meta.url));
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
  const expected = lines.map((line) => line.slice('{"result":'.length, -1));
  for (const size of [1, 7, 1000, bytes.length]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
    assert.deepEqual(read(chunks), expected, String(size));
  }
});

const cases: readonly [name: string, text: string, found: readonly string[]][] = [
  ["one line", '{"result":{"a":1}}\n', ['{"a":1}']],
  ["several lines", '{"result":{"a":1}}\n{"result":{}}\n{"result":{"b":{}}}\n', [
    '{"a":1}',
    "{}",
    '{"b":{}}',
  ]],
  ["blanks around everything", ' {\t"result" :  {"a": 1} } \t\r\n', ['  {"a": 1} ']],
  ["CRLF and empty lines", '\r\n\n{"result":{}}\r\n \r\n{"result":[]}\r\n', ["{}", "[]"]],
  ["braces and blanks in texts", '{"result":{"a":"}   }","b":"x}"}}\n', ['{"a":"}   }","b":"x}"}']],
  ["letters of several bytes", '{"result":{"ü":"🎈}"}}\n', ['{"ü":"🎈}"}']],
  ["an error", '{"error":{"code":5,"message":"gone ü"}}\n', ['error {"code":5,"message":"gone ü"}']],
  [
    "something else between two documents",
    '{"result":{"a":1}}\n<html>}</html>\n{"result":{"b":1}}\n',
    ['{"a":1}', "invalid", '{"b":1}'],
  ],
  ["another member", '{"other":{"a":1}}\n', ["invalid"]],
  ["a line that is not closed", '{"result":{"a":1\n{"result":{}}\n', ['abandoned {"a":1', "invalid", "{}"]],
  ["a line without its end", '{"result":{"a":1}}', ['abandoned {"a":1}']],
  ["a long line of something else", `${"x".repeat(1000)}\n{"result":{}}\n`, ["invalid", "{}"]],
  ["nothing", "", []],
];

for (const [name, text, found] of cases) {
  test(`${name}: the same wherever the bytes are cut`, () => {
    const bytes = new TextEncoder().encode(text);
    assert.deepEqual(read([bytes]), found);
    for (let cut = 0; cut <= bytes.length; cut++) {
      assert.deepEqual(read([bytes.subarray(0, cut), bytes.subarray(cut)]), found, `cut at ${cut}`);
    }
    assert.deepEqual(read(Array.from(bytes, (byte) => Uint8Array.of(byte))), found, "byte by byte");
  });
}

test("a document is passed on as it arrives, and not kept", () => {
  const written: number[] = [];
  const lines = new StreamLines({
    document: () => ({
      write: (bytes) => written.push(bytes.length),
      end: () => written.push(-1),
      abandon: () => {},
    }),
    serverError: () => assert.fail(),
    invalid: () => assert.fail(),
  });
  const piece = new TextEncoder().encode("x".repeat(1000));
  lines.add(new TextEncoder().encode('{"result":"'));
  for (let count = 0; count < 5; count++) lines.add(piece);
  assert.deepEqual(written, [1, 1000, 1000, 1000, 1000, 1000]);
  lines.add(new TextEncoder().encode('"}\n'));
  assert.deepEqual(written.slice(6), [1, -1]);
});

test("a chunk that its reader uses again is not looked at later", () => {
  const found: string[] = [];
  const lines = new StreamLines({
    document: () => ({
      write: (bytes) => found.push(textOf([bytes])),
      end: () => found.push("end"),
      abandon: () => {},
    }),
    serverError: () => assert.fail(),
    invalid: () => assert.fail(),
  });
  const chunk = new TextEncoder().encode('{"result":{"a":{}');
  lines.add(chunk);
  chunk.fill(120);
  lines.add(new TextEncoder().encode("}}\n"));
  assert.equal(found.join(""), '{"a":{}}end');
});
