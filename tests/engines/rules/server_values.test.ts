// How a server's own evaluation API reads texts, against a table of what Go 1.26 gives for them: strconv.ParseFloat,
// strconv.ParseBool, time.Parse (RFC 3339, else a date alone), json.Unmarshal into a slice, strings.TrimSpace.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  parseServerBoolean,
  parseServerFloats,
  parseServerNumber,
  parseServerStrings,
  parseServerTime,
  trimAsServer,
} from "../../../engines/rules/server_values.ts";

type Row<T> = readonly [text: string, read: T | null];

/** What Go gave, by kind; `null` where it gave an error. */
const table: {
  readonly numbers: readonly Row<string>[];
  readonly times: readonly Row<string>[];
  readonly booleans: readonly Row<boolean>[];
  readonly strings: readonly Row<readonly string[]>[];
  readonly floats: readonly Row<readonly number[]>[];
  readonly trimmed: readonly Row<string>[];
} = JSON.parse(readFileSync(new URL("../../fixtures/server-values/go.json", import.meta.url), "utf8"));

function compare<T>(rows: readonly Row<T>[], read: (text: string) => T | undefined): void {
  assert.ok(rows.length >= 15, `${rows.length}`);
  for (const [text, expected] of rows) assert.deepEqual(read(text) ?? null, expected, JSON.stringify(text));
}

/** A number as a table of JSON can hold it: infinities and NaN have no JSON. */
function told(text: string): number {
  return text === "NaN" ? NaN : Number(text.replace("Inf", "Infinity"));
}

test("numbers are read as Go reads them", () => {
  assert.ok(table.numbers.length >= 50);
  for (const [text, expected] of table.numbers) {
    const read = parseServerNumber(text);
    assert.ok(
      expected === null ? read === undefined : Object.is(read, told(expected)),
      `${JSON.stringify(text)}: ${read}, not ${expected}`,
    );
  }
});

test("times are read as Go reads them, to the nanosecond", () => {
  compare(table.times, (text) => {
    const time = parseServerTime(text);
    return time && `${time.seconds}.${String(time.nanos).padStart(9, "0")}`;
  });
});

test("booleans, lists and blanks are read as Go reads them", () => {
  compare(table.booleans, parseServerBoolean);
  compare<readonly string[]>(table.strings, parseServerStrings);
  // -0 and 0 are one number to whoever compares.
  compare<readonly number[]>(table.floats, (text) => parseServerFloats(text)?.map((value) => value + 0));
  compare(table.trimmed, trimAsServer);
});
