// What the suite of hostile servers makes of its figures.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attack } from "../../tasks/hostile/attack.ts";
import { ATTACKS } from "../../tasks/hostile/attacks/mod.ts";
import { judge } from "../../tasks/hostile/trial.ts";
import type { Measured } from "../../tasks/hostile/victim.ts";

const attack: Attack = { name: "an-attack", on: "snapshot", run: () => {} };
const good: Measured = {
  gapMs: 500,
  workMs: 10,
  errors: 3,
  updates: 2,
  evaluations: 900,
  freshMs: 120,
  unhandled: 0,
};

test("attacks have names of their own, and a quick half", () => {
  assert.equal(new Set(ATTACKS.map(({ name }) => name)).size, ATTACKS.length);
  const quick = ATTACKS.filter(({ isQuick }) => isQuick).length;
  assert.ok(quick > 20 && quick < ATTACKS.length / 2, String(quick));
});

test("figures within the limits are no problem, and a thread that waits for a processor is none", () => {
  assert.deepEqual(judge(attack, good, 3, 20, 1), []);
  assert.deepEqual(judge(attack, { ...good, workMs: undefined }, 3, undefined, 1), []);
});

const problems: readonly (readonly [change: Partial<Measured>, problem: RegExp])[] = [
  [{ workMs: 61 }, /^worked 61 ms without a turn, above 60$/],
  [{ freshMs: undefined }, /^not fresh again/],
  [{ wrong: "answered false" }, /^answered false$/],
  [{ unhandled: 1 }, /^1 errors that nobody handled$/],
  [{ evaluations: 0 }, /^nothing was asked$/],
  [{ errors: 1_000 }, /^1000 events of errors$/],
  [{ updates: 10_000 }, /^10000 events of updates$/],
];

for (const [change, problem] of problems) {
  test(`a problem: ${problem.source}`, () => {
    const found = judge(attack, { ...good, ...change }, 3, 20, 1);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", problem);
  });
}

test("an attack that does not reach the client, or costs too much memory, is a problem", () => {
  assert.deepEqual(judge(attack, good, 0, 20, 1), ["the attack did not reach the client"]);
  assert.deepEqual(judge(attack, good, 1, 151, 1), ["took 151 MB, above 150"]);
  assert.deepEqual(judge({ ...attack, maxMegabytes: 200 }, good, 1, 151, 1), []);
});
