// The fleet in virtual time: that its clock keeps the order of things, and that its figures are those of the clients.

import assert from "node:assert/strict";
import { test } from "node:test";
import { simulateFleet, VirtualClock } from "../../tasks/fleet.ts";
import { stagesOf } from "../../tasks/fleet/stages/mod.ts";

test("virtual time runs timers in the order of their time, and of their beginning", async () => {
  const clock = new VirtualClock(1);
  const ran: string[] = [];
  const at = (millis: number, name: string): () => void =>
    clock.after(millis, () => ran.push(`${name} at ${clock.now()}`));
  at(30, "c");
  at(10, "a");
  at(20, "b");
  at(20, "b2");
  at(40, "too late");
  at(15, "cancelled")();
  clock.after(5, () => at(7, "nested"));
  await clock.runUntil(30);
  assert.deepEqual(ran, ["a at 10", "nested at 12", "b at 20", "b2 at 20", "c at 30"]);
  assert.equal(clock.now(), 30);
});

test("many timers in any order come out sorted", async () => {
  const clock = new VirtualClock(7);
  const seen: number[] = [];
  for (let index = 0; index < 500; index++) {
    clock.after(clock.random() * 1_000, () => seen.push(clock.now()));
  }
  await clock.runUntil(1_000);
  assert.equal(seen.length, 500);
  assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
});

const fleet = {
  clients: 50,
  interval: 60,
  rollout: 60,
  outage: [600, 700],
  duration: 1_200,
  seed: 3,
} as const;

test("while all is well, every client asks once an interval", async () => {
  const { requests, mean } = await simulateFleet({ ...fleet, outage: [1_200, 1_200] });
  const total = requests.reduce((sum, count) => sum + count, 0);
  const expected = 50 * 1_200 / 60;
  assert.ok(Math.abs(total / expected - 1) < 0.1, `${total} requests, ${expected} expected`);
  assert.ok(Math.abs(mean * 60 / 50 - 1) < 0.1, `${mean} a second`);
});

test("after an outage every client comes back, no later than an interval", async () => {
  const { requests, peakAfterOutage, peakAt, recoveredAt } = await simulateFleet(fleet);
  assert.ok(recoveredAt > 700 && recoveredAt <= 760 + 6, `recovered at ${recoveredAt}`);
  assert.ok(peakAt >= 700);
  assert.equal(requests[peakAt], peakAfterOutage);
});

test("the same seed gives the same figures, another one others", async () => {
  const first = await simulateFleet(fleet);
  assert.deepEqual(await simulateFleet(fleet), first);
  assert.notDeepEqual((await simulateFleet({ ...fleet, seed: 4 })).requests, first.requests);
});

test("behind relays the server is asked as often by many clients as by few, and clients notice no outage", async () => {
  const few = await simulateFleet({ ...fleet, relays: 2 });
  const many = await simulateFleet({ ...fleet, clients: 200, relays: 2 });
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  assert.ok(sum(few.atServer) >= 2 * 1_000 / 33, `${sum(few.atServer)}`);
  assert.ok(Math.abs(sum(many.atServer) / sum(few.atServer) - 1) < 0.2, `${sum(many.atServer)}`);
  assert.ok(Math.abs(sum(many.requests) / sum(few.requests) / 4 - 1) < 0.1, `${sum(many.requests)}`);
  assert.equal(few.recoveredAt - 700 <= 66, true);
  assert.equal(sum((await simulateFleet(fleet)).atServer), 0);
});

test("a stage is chosen by its name, or else by a part of it", () => {
  const names = (...parts: string[]): string[] => stagesOf(parts).map(({ name }) => name);
  assert.deepEqual(names("fleet of 15"), ["fleet of 15"]);
  assert.deepEqual(names("fleet"), ["fleet of 15", "fleet of 150"]);
  assert.deepEqual(names("fleet of 15", "outages"), ["fleet of 15", "long outages"]);
  assert.deepEqual(names("no such stage"), []);
  assert.ok(names().length > 10);
});
