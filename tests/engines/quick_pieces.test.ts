// Pieces of a large document that are found by what is between flags, and what happens where that misleads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError } from "../../core/errors.ts";
import { LARGE_BYTES } from "../../engines/document.ts";
import { PIECE_BYTES } from "../../engines/json_scan.ts";
import { parseBounded } from "../../engines/large.ts";
import { type ParsedPiece, QuickPieces } from "../../engines/quick_pieces.ts";

const encoder = new TextEncoder();

interface Content {
  readonly description?: unknown;
  readonly segments?: readonly Record<string, unknown>[];
}

function flagsOf(count: number, content: (n: number) => Content = () => ({})): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, n) => {
    const { description = "d".repeat(n % 900), segments = [{ key: "s", matchType: "", constraints: [] }] } =
      content(n);
    return {
      key: `flag-${n}`,
      name: "",
      enabled: true,
      description,
      rules: [{ segmentOperator: "", segments, distributions: [{ variantKey: "v", rollout: 1 }] }],
    };
  });
}

function documentOf(flags: readonly unknown[], indent = 0): string {
  return JSON.stringify({ namespace: { key: "shop" }, flags, digest: "d" }, null, indent);
}

/** A finder of a document that has looked at the first comma between flags. */
function finderOf(text: string): { finder: QuickPieces; second: number; checked: ParsedPiece[] } {
  const checked: ParsedPiece[] = [];
  const finder = new QuickPieces(encoder.encode(text), (piece) => void checked.push(piece));
  const second = text.lastIndexOf("{", text.indexOf('"flag-1"'));
  finder.learn(text.lastIndexOf(",", second));
  return { finder, second, checked };
}

test("pieces are found in compact and in indented documents, and parse to their flags", () => {
  const flags = flagsOf(2_000);
  for (const indent of [0, 2]) {
    const text = documentOf(flags, indent);
    const { finder, second, checked } = finderOf(text);
    let found = 1;
    let start = second;
    for (let end = finder.find(start); end !== undefined; end = finder.find(start)) {
      assert.equal(text[end], ",");
      assert.ok(end - start >= PIECE_BYTES && end - start < 2 * PIECE_BYTES);
      const taken = finder.take({ start, end });
      assert.equal(taken, checked.at(-1));
      assert.deepEqual(taken?.value, flags.slice(found, found + (taken?.value.length ?? 0)));
      assert.equal(finder.take({ start, end }), undefined);
      found += taken?.value.length ?? 0;
      start = end + 1;
    }
    // What is left is no whole piece.
    assert.ok(found > 500 && text.length - start < 2 * PIECE_BYTES, `${found} flags`);
  }
});

test("a place inside a flag that looks like one between two is not taken for one", () => {
  const segments = Array.from(
    { length: 20_000 },
    (_, n) => ({ key: `s${n}`, matchType: "", constraints: [] }),
  );
  const flags = flagsOf(40, (n) => n % 4 === 3 ? { segments } : {});
  const text = documentOf(flags);
  assert.ok(text.length > LARGE_BYTES);
  const { finder, second } = finderOf(text);
  for (let turn = 0; turn < 7; turn++) assert.equal(finder.find(second), undefined);
  assert.deepEqual(parseBounded(encoder.encode(text)), JSON.parse(text));
});

test("brackets in strings cost a closer look, and no document", () => {
  const flags = flagsOf(3_000, (n) => ({ description: "[{".repeat(n % 500) }));
  const text = documentOf(flags);
  const { finder, second } = finderOf(text);
  assert.equal(finder.find(second), undefined);
  assert.deepEqual(parseBounded(encoder.encode(text)), JSON.parse(text));
});

test("what is no comma between two flags is nothing to go by", () => {
  const blank = " ".repeat(300);
  for (
    const [text, comma] of [
      ["", 0],
      [",", 0],
      ["[1,2]", 2],
      ["{},2", 2],
      ["{},{}", 2],
      ['{},{"', 2],
      [`{}${blank},{"key":1}`, 302],
      [`{},${blank}{"key":1}`, 2],
      [`{},{"${"k".repeat(300)}":1}`, 2],
    ] as const
  ) {
    const padded = `${text},`.repeat(Math.ceil(3 * PIECE_BYTES / (text.length + 1)));
    const finder = new QuickPieces(encoder.encode(padded), () => {});
    finder.learn(comma);
    assert.equal(finder.find(0), undefined, text);
  }
});

test("flags that count for nothing may be none, and those that count are told by their place", () => {
  const wrong = flagsOf(3_000, (n) => ({ description: n === 2_500 ? 5 : undefined }));
  const right = flagsOf(3_000);
  const twice = (first: unknown, second: unknown): string =>
    `{"namespace":{"key":"shop"},"flags":${JSON.stringify(first)},"flags":${JSON.stringify(second)}}`;
  assert.equal(parseBounded(encoder.encode(twice(wrong, right))).flags.length, 3_000);
  assert.throws(
    () => parseBounded(encoder.encode(twice(right, wrong))),
    /flags\[2500\]\.description must be a string, not a number/,
  );
});

test("text that is not UTF-8 is refused wherever it is, and a byte order mark in the middle is no white space", () => {
  const text = documentOf(flagsOf(3_000));
  for (const bad of [[0xFF], [0xED, 0xA0, 0x80]]) {
    const bytes = encoder.encode(text);
    bytes.set(bad, text.indexOf('"flag-2000"') + 3);
    assert.throws(
      () => parseBounded(bytes),
      (error) => error instanceof DocumentError && /not UTF-8/.test(error.message),
    );
  }
  const { finder, second } = finderOf(text);
  const end = finder.find(second) ?? 0;
  assert.ok(end > 0);
  const marked = encoder.encode(`${text.slice(0, end + 1)}\ufeff${text.slice(end + 1)}`);
  assert.throws(() => parseBounded(marked), /that are not JSON/);
});

test("what has no end of a flag ahead is looked for a few times, in as many bytes as a piece has", () => {
  const flags = flagsOf(1_000).map((each) => JSON.stringify(each)).join(",");
  const { finder, second } = finderOf(
    `{"namespace":{"key":"shop"},"flags":[${flags},${"1,".repeat(2_000_000)}1]}`,
  );
  let start = second;
  for (let end = finder.find(start); end !== undefined; end = finder.find(start)) start = end + 1;
  let searched = 0;
  const { indexOf } = Uint8Array.prototype;
  Uint8Array.prototype.indexOf = function (this: Uint8Array, ...parameters: [number, number?]): number {
    searched += this.length - (parameters[1] ?? 0);
    return indexOf.apply(this, parameters);
  };
  try {
    for (let turn = 0; turn < 20; turn++) assert.equal(finder.find(start), undefined);
  } finally {
    Uint8Array.prototype.indexOf = indexOf;
  }
  assert.ok(searched > 0 && searched <= 5 * PIECE_BYTES, `${searched} bytes`);
});

test("pieces with brackets in their strings do not count for the limit of those that are dense", () => {
  const dense = flagsOf(400, () => ({ description: "" })).map((each) => ({
    ...each,
    extra: Array.from({ length: 1_200 }, () => []),
  }));
  const texts = flagsOf(3_000, () => ({ description: '{"a":1234567890123456789}'.repeat(30) }));
  for (const flags of [[...dense, ...texts], [...texts, ...dense]]) {
    const text = documentOf(flags);
    assert.deepEqual(parseBounded(encoder.encode(text)), JSON.parse(text));
  }
});
