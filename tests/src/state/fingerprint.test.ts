// Fingerprints of documents that nothing else tells versions apart by.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Fingerprint } from "../../../src/state/fingerprint.ts";
import { Random } from "../../support/random.ts";

function fingerprintOf(...chunks: readonly Uint8Array[]): string {
  const fingerprint = new Fingerprint();
  for (const chunk of chunks) fingerprint.add(chunk);
  return fingerprint.text();
}

const random = new Random(11);
const bytes = new Uint8Array(random.list(1003, () => random.below(256)));

test("a fingerprint is the same however the bytes are cut", () => {
  const whole = fingerprintOf(bytes);
  for (const size of [1, 2, 3, 4, 5, 7, 64, 1002]) {
    const chunks = random.list(
      Math.ceil(bytes.length / size),
      (n) => bytes.subarray(n * size, (n + 1) * size),
    );
    assert.equal(fingerprintOf(...chunks), whole, `pieces of ${size}`);
  }
  assert.equal(fingerprintOf(bytes.subarray(0, 2), new Uint8Array(), bytes.subarray(2)), whole);
});

test("a fingerprint changes with each bit, also of the last bytes, and with the length", () => {
  const seen = new Set([fingerprintOf(bytes)]);
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    seen.add(fingerprintOf(changed));
  }
  for (let length = 0; length < bytes.length; length++) seen.add(fingerprintOf(bytes.subarray(0, length)));
  assert.equal(seen.size, 1 + 2 * bytes.length);
  assert.notEqual(fingerprintOf(new Uint8Array([1, 2])), fingerprintOf(new Uint8Array([2, 1])));
  assert.notEqual(fingerprintOf(new Uint8Array(4)), fingerprintOf(new Uint8Array(8)));
});
