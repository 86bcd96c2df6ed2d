// Taking a stream of lines apart, wherever its bytes are cut.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { StreamLines } from "../../../src/sources/ndjson_stream.ts";

/** What chunks come to: documents as their text, errors and invalid lines by their kind. */
function read(
  chunks: readonly (string | Uint8Array)[],
  stop = true,
  maxDocumentBytes = 1 << 28,
): string[] {
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
  }, maxDocumentBytes);
  for (const chunk of chunks) add(lines, chunk);
  if (stop) lines.stop();
  return found;
}

function add(lines: StreamLines, chunk: string | Uint8Array): void {
  const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
  for (let start = 0; start < bytes.length;) start = lines.take(bytes, start);
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
  }, 1 << 28);
  const piece = new TextEncoder().encode("x".repeat(1000));
  add(lines, '{"result":"');
  for (let count = 0; count < 5; count++) add(lines, piece);
  assert.deepEqual(written, [1, 1000, 1000, 1000, 1000, 1000]);
  add(lines, '"}\n');
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
  }, 1 << 28);
  const chunk = new TextEncoder().encode('{"result":{"a":{}');
  add(lines, chunk);
  chunk.fill(120);
  add(lines, "}}\n");
  assert.equal(found.join(""), '{"a":{}}end');
});

/** The lengths of what a document was given, byte by byte or in larger chunks. */
function lengths(maxDocumentBytes: number, chunks: Iterable<string>): { written: number; found: string[] } {
  let written = 0;
  const found: string[] = [];
  const lines = new StreamLines({
    document: () => ({
      write: (bytes) => void (written += bytes.length),
      end: () => found.push("end"),
      abandon: () => found.push("abandoned"),
    }),
    serverError: (text) => found.push(`error of ${text.length} characters`),
    invalid: () => found.push("invalid"),
  }, maxDocumentBytes);
  for (const chunk of chunks) add(lines, chunk);
  return { written, found };
}

function* repeated(first: string, chunk: string, count: number): Generator<string> {
  yield first;
  for (let number = 0; number < count; number++) yield chunk;
}

test("blanks behind a document count as its bytes, and are not kept", () => {
  const { written, found } = lengths(1 << 28, repeated('{"result":{}}', " ".repeat(1000), 1000));
  assert.ok(written > 990_000, String(written));
  assert.deepEqual(found, []);
});

test("a few blanks behind a document are nothing, very many make it invalid", () => {
  assert.deepEqual(lengths(1 << 28, ['{"result":{}} \t\r', " ".repeat(4000), "\n"]).found, ["end"]);
  assert.deepEqual(lengths(1 << 28, ['{"result":{}}', " ".repeat(5000), "\n"]).found, [
    "abandoned",
    "invalid",
  ]);
});

test("a text of very many blanks after a brace is whole", () => {
  const blanks = " ".repeat(10_000);
  for (const size of [1, 100, 4095, 4096, 4097, 20_000]) {
    const line = `{"result":{"a":"}${blanks}"}}\n`;
    const chunks = Array.from({ length: Math.ceil(line.length / size) }, (_, at) => {
      return line.slice(at * size, (at + 1) * size);
    });
    assert.deepEqual(read(chunks), [`{"a":"}${blanks}"}`], String(size));
  }
});

test("empty lines without end are invalid after a megabyte, or the largest document, since the last document", () => {
  const hundred = "\n".repeat(50) + " \r\n\t".repeat(12) + "\n\n";
  assert.equal(hundred.length, 100);
  assert.deepEqual(lengths(1 << 28, repeated("", hundred, 10_485)).found, []);
  assert.deepEqual(lengths(1 << 28, repeated("", hundred, 10_486)).found, ["invalid"]);
  assert.deepEqual(lengths(5_000, repeated("", hundred, 51)).found, ["invalid"]);
  const between = repeated("", `${hundred}{"result":{}}\n`, 100);
  assert.deepEqual(new Set(lengths(5_000, between).found), new Set(["end"]));
});

test("a line of nonsense or an error without end is told of before it ends, and once", () => {
  assert.deepEqual(lengths(1 << 28, repeated("nonsense", "x".repeat(1000), 10)).found, ["invalid"]);
  const error = lengths(1 << 28, repeated('{"error":"', "x".repeat(1000), 100)).found;
  assert.deepEqual(error, ["error of 17001 characters"]);
  assert.deepEqual(lengths(1 << 28, ["x".repeat(300), 'x\n{"result":{}}\n']).found, ["invalid", "end"]);
});

test("lines are taken one at a time", () => {
  const found: string[] = [];
  const lines = new StreamLines({
    document: () => ({ write: () => {}, end: () => found.push("end"), abandon: () => {} }),
    serverError: () => assert.fail(),
    invalid: () => assert.fail(),
  }, 1 << 28);
  const bytes = new TextEncoder().encode('{"result":{}}\n'.repeat(3));
  assert.equal(lines.take(bytes, 0), 14);
  assert.deepEqual(found, ["end"]);
  assert.equal(lines.take(bytes, 14), 28);
  assert.deepEqual(found, ["end", "end"]);
});
