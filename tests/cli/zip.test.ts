// The archives that the library of the reference engine is taken from.

import assert from "node:assert/strict";
import { test } from "node:test";
import { zipMember } from "../../cli/zip.ts";
import { zip } from "../support/zip.ts";

test("a member of an archive comes out as it went in", () => {
  const content = new TextEncoder().encode("the library ".repeat(50));
  for (const method of [0, 8] as const) {
    assert.deepEqual(
      new Uint8Array(zipMember(zip("ext/lib.so", content, method), "ext/lib.so", "w.whl")),
      content,
    );
  }
  assert.throws(
    () => zipMember(zip("other", content), "ext/lib.so", "w.whl"),
    /^FliptError: w\.whl does not contain ext\/lib\.so$/,
  );
});

test("a damaged archive is an error that says so, wherever the damage is", () => {
  const content = new TextEncoder().encode("the library ".repeat(5));
  const whole = zip("lib.so", content);
  const attempt = (archive: Uint8Array): void => {
    try {
      zipMember(archive, "lib.so", "w.whl");
    } catch (error) {
      assert.match(
        String(error),
        /^FliptError: w\.whl (is not a zip archive, or is damaged|does not contain lib\.so)$/,
      );
    }
  };
  for (let length = 0; length < whole.length; length++) attempt(whole.subarray(0, length));
  for (let at = 0; at < whole.length; at++) {
    for (const byte of [0x00, 0x7f, 0xff]) {
      const damaged = whole.slice();
      damaged[at] = byte;
      attempt(damaged);
    }
  }
  assert.throws(
    () => zipMember(new Uint8Array(100), "lib.so", "w.whl"),
    /is not a zip archive, or is damaged/,
  );
});
