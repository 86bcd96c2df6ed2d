// What a relay that leads writes to Redis, where it may hold something older than what is there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decideWrite, type WriteFacts, type WrittenDocument } from "../../relay/write_order.ts";

const LEASE_MS = 15_000;

function written(members: Partial<WrittenDocument> = {}): WrittenDocument {
  return { version: 7, digest: "stored", receivedAt: 1_000_000, superseded: ["older", "oldest"], ...members };
}

/** Facts of a relay that has just become the leader, ten seconds after the last document was written. */
function facts(members: Partial<WriteFacts> = {}): WriteFacts {
  const stored = written();
  return {
    digest: "held",
    knownAt: 5_000,
    stored,
    newest: members.stored ?? stored,
    leaderSince: 10_000,
    now: 10_000,
    redisOffset: 1_000_000,
    leaseMs: LEASE_MS,
    ...members,
  };
}

test("what was received after the stored document is written, and what is stored already is kept", () => {
  assert.equal(decideWrite(facts()), "write");
  assert.equal(decideWrite(facts({ digest: "stored" })), "keep");
  assert.equal(decideWrite(facts({ stored: undefined, newest: undefined, knownAt: -Infinity })), "write");
});

test("what a frozen relay holds waits until the server has confirmed it since it leads", () => {
  const stored = written({ receivedAt: 1_006_000 });
  assert.equal(decideWrite(facts({ stored })), "wait");
  assert.equal(decideWrite(facts({ stored, now: 10_000 + 100 * LEASE_MS })), "wait");
  assert.equal(decideWrite(facts({ stored, knownAt: 10_001 })), "write");
});

test("a document of unknown age waits, and is written only where there is nothing", () => {
  const knownAt = -Infinity;
  assert.equal(decideWrite(facts({ knownAt })), "wait");
  const gone = { stored: undefined, newest: written(), knownAt };
  assert.equal(decideWrite(facts(gone)), "wait");
  assert.equal(decideWrite(facts({ ...gone, now: 10_000 + LEASE_MS })), "write");
});

test("a new leader waits for a lease before it goes back to an earlier document", () => {
  assert.equal(decideWrite(facts({ digest: "older" })), "wait");
  assert.equal(decideWrite(facts({ digest: "older", knownAt: 10_001 })), "wait");
  assert.equal(decideWrite(facts({ digest: "older", knownAt: 10_001, now: 10_000 + LEASE_MS })), "write");
});

test("a Redis that went back gets again what was there", () => {
  const newest = written({ version: 9, digest: "held" });
  assert.equal(decideWrite(facts({ newest })), "write");
  assert.equal(decideWrite(facts({ newest, stored: undefined })), "write");
  assert.equal(decideWrite(facts({ newest, stored: newest })), "keep");
});

test("a clock of Redis that was ahead does not stop a leader from writing what arrives", () => {
  const stored = written({ receivedAt: 1_000_000 + 3_600_000 });
  assert.equal(decideWrite(facts({ stored, knownAt: 10_001, now: 10_001 })), "write");
});
