// What is taken as a snapshot store, and how it is said what is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions } from "../../../mod.ts";
import { ValidationError } from "../../../mod.ts";
import { resolveOptions } from "../../../src/options/options.ts";

test("what an option store must be", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [
      "flags.snapshot",
      'must be an object with load() and save(), such as fileStore("flags.snapshot"), but is a string',
    ],
    [
      { load: () => {} },
      'must be an object with load() and save(), such as fileStore("flags.snapshot"), but has no save()',
    ],
    [{ load: () => {}, save: () => {}, name: 7 }, "must have a string as its name, but has a number"],
  ];
  for (const [store, problem] of cases) {
    assert.throws(() => resolveOptions({ store } as ClientOptions), (error: unknown) => {
      assert.ok(error instanceof ValidationError);
      assert.deepEqual(error.message.split("\n").slice(1), [`- store ${problem}`]);
      return true;
    });
  }
});
