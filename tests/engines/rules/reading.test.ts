// How the texts of constraints, values and keys are read, at the borders of what is read at all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 as reference } from "node:zlib";
import type { EvaluationContext } from "../../../core/types.ts";
import { contextText } from "../../../engines/rules/context.ts";
import { CRC_START, crcAppend, crcFinish, crcUpdate, suffixOf } from "../../../engines/rules/crc32.ts";
import { parseIntegers, parseStrings } from "../../../engines/rules/lists.ts";
import { parseInteger } from "../../../engines/rules/numbers.ts";
import { ofOperator } from "../../../engines/rules/operators.ts";
import { parseTime } from "../../../engines/rules/times.ts";

test("a value of the context is text, or what JSON writes for it, or absent", () => {
  const context = {
    s: "text",
    n: 1.5,
    z: -0,
    big: 10n ** 20n,
    t: true,
    f: false,
    nan: NaN,
    inf: -Infinity,
    nil: null,
  };
  const texts = Object.keys(context).map((property) => contextText(context, property));
  assert.deepEqual(texts, ["text", "1.5", "0", "100000000000000000000", "true", "false", "", "", ""]);
  assert.equal(contextText(context, "none"), "");
});

test("what counts as absent is warned of, but for what is absent", () => {
  const warned: unknown[][] = [];
  const { warn } = console;
  console.warn = (...line: unknown[]) => void warned.push(line);
  try {
    const context = {
      aNull: null,
      anUndefined: undefined,
      aNaN: NaN,
      list: ["a"],
    } as unknown as EvaluationContext;
    for (let n = 0; n < 2; n++) for (const name in context) assert.equal(contextText(context, name), "");
  } finally {
    console.warn = warn;
  }
  assert.equal(warned.length, 1);
  assert.match(String(warned[0]), /^flipt: in the context, "list" is an array, which counts as absent/);
});

test("a list of strings is JSON without an escape, and nothing but strings", () => {
  assert.deepEqual([...parseStrings('["a", "b", "a", ""]') ?? []], ["a", "b", ""]);
  assert.deepEqual([...parseStrings(" [] ") ?? ["none"]], []);
  for (
    const text of [
      "",
      "a",
      '"a"',
      "null",
      "{}",
      '{"length":0}',
      '["a",1]',
      '["a",null]',
      '["\\u0061"]',
      '["a"',
      '["a"]x',
    ]
  ) {
    assert.equal(parseStrings(text), undefined, text);
  }
});

test("a list of numbers is JSON of 32-bit integers, each written as one", () => {
  assert.deepEqual([...parseIntegers("[1, -1, 2147483647, -2147483648, 1]") ?? []], [
    1,
    -1,
    2147483647,
    -2147483648,
  ]);
  assert.deepEqual([...parseIntegers("[]") ?? [0]], []);
  for (
    const text of [
      "",
      "1",
      "null",
      "[1.0]",
      "[1e0]",
      "[1E0]",
      "[-0]",
      "[2147483648]",
      "[-2147483649]",
      '["1"]',
      "[null]",
      "[1",
    ]
  ) {
    assert.equal(parseIntegers(text), undefined, text);
  }
});

test("a number is a sign and decimal digits of 32 bits, and nothing else", () => {
  const good = {
    "0": 0,
    "+7": 7,
    "-7": -7,
    "007": 7,
    "2147483647": 2147483647,
    "-2147483648": -2147483648,
    "90": 90,
  };
  for (const [text, number] of Object.entries(good)) assert.equal(parseInteger(text), number, text);
  // Not -0, which is not the same as 0 in a set.
  assert.ok(Object.is(parseInteger("-0"), 0));
  for (
    const text of [
      "",
      "+",
      "-",
      "1 ",
      " 1",
      "1.0",
      "1e3",
      "0x1",
      "/",
      ":",
      "1/",
      "1:",
      "--1",
      "2147483648",
      "+2147483648",
      "-2147483649",
    ]
  ) {
    assert.ok(Number.isNaN(parseInteger(text)), text);
  }
});

test("a time is read as a calendar has it, from year 0000 to 9999", () => {
  for (let year = 0; year <= 9999; year += year < 1000 || year > 2200 ? 97 : 1) {
    for (let month = 1; month <= 12; month++) {
      const last = lastDay(year, month);
      for (const day of [1, 28, last]) {
        const date = dateOf(year, month, day);
        assert.equal(parseTime(`${date}T12:34:56Z`), Date.parse(`${date}T12:34:56Z`) / 1000, date);
      }
      for (const day of [0, last + 1, 32]) {
        assert.ok(Number.isNaN(parseTime(`${dateOf(year, month, day)}T00:00:00Z`)), dateOf(year, month, day));
      }
    }
    for (const month of [0, 13]) assert.ok(Number.isNaN(parseTime(`${dateOf(year, month, 1)}T00:00:00Z`)));
  }
});

function lastDay(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

function dateOf(year: number, month: number, day: number): string {
  const digits = (number: number, length: number): string => String(number).padStart(length, "0");
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

test("whatever is wrong with a time at one place, it is none", () => {
  for (const good of ["2025-01-31T23:59:59Z", "2025-01-31T23:59:59.25+23:59", "2025-01-31 00:00:00-01:30"]) {
    assert.ok(!Number.isNaN(parseTime(good)), good);
    for (let at = 0; at < good.length; at++) {
      // What stands before 0 and after 9 among characters, and none at all.
      for (const wrong of ["/", ":", "x", ""]) {
        if (good[at] === wrong) continue;
        const text = good.slice(0, at) + wrong + good.slice(at + 1);
        // A fraction may have any number of digits.
        if (/^.{19}\.\d(?:[-+]|Z)/.test(text)) continue;
        assert.ok(Number.isNaN(parseTime(text)), text);
      }
    }
    assert.ok(Number.isNaN(parseTime(`${good}0`)), `${good}0`);
    assert.ok(Number.isNaN(parseTime(` ${good}`)), ` ${good}`);
  }
});

test("a checksum is CRC-32 of UTF-8, in whatever pieces it is taken", () => {
  const texts = [
    "",
    "a",
    "abc",
    "abcd",
    "abcdefgh",
    "user-123456",
    "größe",
    "€uro",
    "😀",
    "a😀b",
    "\u007f\u0080\u07ff\u0800\uffff",
    "\u0080\0\0\0\u0080\u0080\u0080\u0080abcd",
    "x".repeat(63) + "é",
    "\ud800",
    "a\udfffb",
    "\ud7ff\ue000",
    "\u{10ffff}\u{10000}",
  ];
  for (const text of texts) {
    assert.equal(crcFinish(crcUpdate(CRC_START, text)), reference(text.toWellFormed()), JSON.stringify(text));
    for (const more of texts) {
      const whole = reference(text.toWellFormed() + more.toWellFormed());
      assert.equal(crcFinish(crcUpdate(crcUpdate(CRC_START, text), more)), whole);
      const { crc, shifts } = suffixOf(more);
      assert.equal(
        crcFinish(crcAppend(crcUpdate(CRC_START, text), crc, shifts)),
        whole,
        `${text} and ${more}`,
      );
    }
  }
  // More lengths than are kept.
  for (let length = 0; length < 200; length += 1) {
    const more = "é".repeat(length);
    const { crc, shifts } = suffixOf(more);
    assert.equal(crcFinish(crcAppend(crcUpdate(CRC_START, "user"), crc, shifts)), reference(`user${more}`));
  }
});

test("a table of operators has its own members only", () => {
  assert.equal(ofOperator({ eq: 3 }, "eq"), 3);
  for (const operator of ["neq", "", "constructor", "__proto__", "toString"]) {
    assert.equal(ofOperator({ eq: 3 }, operator), undefined, operator);
  }
});
