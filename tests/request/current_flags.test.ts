// The flags of the request that is being served: each request has its own, also after it has waited.

import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { flags, type Scope, withFlags } from "../../request/mod.ts";
import { testFlags } from "../../testing/mod.ts";

test("flags are those of the request, also after it has waited, and of the innermost", async () => {
  const client = testFlags({ theme: "light" });
  client.set("theme", "dark", { entityId: "user-2" });
  const serve = async (entityId: string): Promise<string> => {
    using scope = client.for(entityId);
    return await withFlags(scope, async () => {
      await setImmediate();
      using inner = client.for("user-2");
      assert.equal(withFlags(inner, () => flags().entityId), "user-2");
      return `${flags().entityId} ${flags().variant("theme")}`;
    });
  };
  assert.deepEqual(await Promise.all(["user-1", "user-2"].map(serve)), ["user-1 light", "user-2 dark"]);
});

test("flags outside of a request say what to do", () => {
  assert.throws(flags, { name: "ValidationError", message: /from within withFlags\(scope, …\), or after/ });
});

test("flags are given by a scope, and what is none is refused with what to pass", () => {
  const client = testFlags();
  const given: readonly [unknown, string][] = [
    [undefined, "undefined"],
    [null, "null"],
    ["user-1", "a string"],
    [Promise.resolve(client.for("e")), "a Promise"],
    [client, "the client"],
  ];
  for (const [value, what] of given) {
    assert.throws(() => withFlags(value as Scope, () => assert.fail("called")), {
      name: "ValidationError",
      message:
        `scope of withFlags() must be a scope, which client.for(entityId, context) returns, but is ${what}`,
    });
  }
  const standIn = { isEnabled: () => true } as unknown as Scope;
  assert.equal(withFlags(standIn, () => flags().isEnabled("a")), true);
  using scope = client.for("e");
  assert.equal(withFlags(new Proxy(scope, {}), () => flags().entityId), "e");
});

test("what throws in a request is thrown to its caller", () => {
  using scope = testFlags().for("e");
  assert.throws(() =>
    withFlags(scope, () => {
      throw new Error("own");
    }), /^Error: own$/);
});
