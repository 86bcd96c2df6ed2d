// All flags at once: the values of the single calls, from one state.

import assert from "node:assert/strict";
import { test } from "node:test";
import { testFlags } from "../../../testing/mod.ts";
import { FLAGS, quietTest } from "../../support/safe_calls.ts";
import { shop } from "../../support/shop_client.ts";

quietTest(
  "all flags are answered from one state, with the values of details and the declared defaults",
  () => {
    const client = testFlags(FLAGS, { defaults: { on: false, gone: "x" } });
    const { flags, digest } = client.evaluateAll("e", { country: "NL" });
    assert.equal(digest, client.status.digest);
    assert.deepEqual({ ...flags }, {
      on: { value: true, reason: "DEFAULT_EVALUATION_REASON" },
      off: { value: false, reason: "FLAG_DISABLED_EVALUATION_REASON" },
      theme: {
        value: { columns: 3, colors: ["black"] },
        variantKey: "dark",
        reason: "MATCH_EVALUATION_REASON",
      },
      plain: { value: "wide", variantKey: "wide", reason: "MATCH_EVALUATION_REASON" },
      none: { value: "", reason: "UNKNOWN_EVALUATION_REASON" },
      gone: { value: "x", reason: "ERROR_EVALUATION_REASON" },
    });
    const some = client.evaluateAll("e", {}, { keys: ["off", "gone", "nope"] });
    assert.deepEqual(Object.keys(some.flags), ["off", "gone"]);
    assert.deepEqual(Object.keys(client.evaluateAll("e", 5 as never).flags), ["on", "gone"]);
    client.close();
    assert.deepEqual(Object.keys(client.evaluateAll("e").flags), ["on", "gone"]);
    assert.equal(client.evaluateAll("e").digest, undefined);
  },
);

quietTest("the declared defaults stand in for what they do one by one", () => {
  const defaults = { none: "light", plain: { columns: 1 }, theme: "dark", on: "x", off: { a: 1 } };
  const client = testFlags(FLAGS, { defaults });
  client.set("bad", { variant: "v", attachment: "{" });
  const { flags } = client.evaluateAll("e", { country: "NL" });
  assert.equal(flags["none"]?.value, "light");
  assert.deepEqual(flags["plain"]?.value, { columns: 1 });
  for (const key of ["none", "plain", "theme"]) {
    const { value, variantKey, reason } = client.details(key, "e", { country: "NL" });
    const answer = flags[key];
    assert.deepEqual({ ...answer, variantKey: answer?.variantKey }, { value, variantKey, reason }, key);
  }
  // A default for flags of the other type is none for these.
  assert.deepEqual([flags["on"]?.value, flags["off"]?.value], [true, false]);
  assert.equal(client.for("e").evaluateAll().flags["none"]?.value, "light");
});

test("all flags of a blank entity are defaults, and keys that are no array throw", () => {
  const client = testFlags(FLAGS, { defaults: { on: false } });
  for (const answers of [client.evaluateAll(" "), client.for("").evaluateAll()]) {
    assert.deepEqual({ ...answers.flags }, { on: { value: false, reason: "ERROR_EVALUATION_REASON" } });
  }
  const keys = "on" as unknown as string[];
  const expected = {
    name: "ValidationError",
    message: "keys must be an array of flag keys, but is a string",
  };
  assert.throws(() => client.evaluateAll("e", {}, { keys }), expected);
  assert.throws(() => client.for("e").evaluateAll({ keys }), expected);
  // One that is blank is unknown, and not a mistake of the program: it may come from a request.
  assert.deepEqual(Object.keys(client.evaluateAll("e", {}, { keys: [" ", "on"] }).flags), ["on"]);
  for (const [wrong, kind] of [[undefined, undefined], [5, "a number"]] as const) {
    assert.throws(() => client.evaluateAll("e", {}, { keys: ["on", wrong as never] }), {
      name: "ValidationError",
      message: kind === undefined ? "flagKey cannot be empty" : `flagKey must be a string, but is ${kind}`,
    });
  }
});

test("all flags answer as they do one by one, on the shop's flags", async () => {
  const { client } = await shop();
  for (const entityId of ["user-1", "user-2", "staff-1"]) {
    const context = { country: "NL", consent: "yes", orders: 3, tier: 1 };
    const { flags } = client.evaluateAll(entityId, context);
    assert.equal(Object.keys(flags).length, 8);
    for (const [key, answer] of Object.entries(flags)) {
      const { value = "", variantKey, reason } = client.details(key, entityId, context);
      assert.deepEqual({ ...answer, variantKey: answer?.variantKey }, { value, variantKey, reason }, key);
    }
  }
  client.close();
});
