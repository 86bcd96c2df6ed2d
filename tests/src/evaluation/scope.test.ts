// The flags of one request: one state, each flag answered once, and a state that lives as long as it is needed.

import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";
import { type DefaultEvent, FliptClient, ValidationError } from "../../../mod.ts";
import { testFlags } from "../../../testing/mod.ts";
import { booleanDocument, CountingEngine, ManualClock, testClient } from "../../support/runtime.ts";
import { shop } from "../../support/shop_client.ts";

const FLAGS = { on: true, theme: { variant: "dark", attachment: { columns: 3 } }, none: "" } as const;

// Defaults write lines.
before(() => void mock.method(console, "warn", () => {}));
after(() => mock.restoreAll());

test("a scope answers as the client does for its entity and context", async () => {
  const { client } = await shop();
  const context = { country: "NL", consent: "yes", orders: 3, tier: 1 };
  for (const entityId of ["user-1", "user-2", "staff-1"]) {
    using scope = client.for(entityId, context);
    assert.deepEqual([scope.entityId, scope.context, scope.digest], [
      entityId,
      context,
      client.status.digest,
    ]);
    assert.equal(scope.isEnabled("dark-mode"), client.isEnabled("dark-mode", entityId, context));
    assert.equal(scope.variant("checkout-flow"), client.variant("checkout-flow", entityId, context));
    assert.equal(scope.value("checkout-flow"), client.value("checkout-flow", entityId, context));
    assert.deepEqual(scope.details("banner"), client.details("banner", entityId, context));
    assert.deepEqual(scope.evaluateAll(), client.evaluateAll(entityId, context));
    assert.deepEqual(
      scope.evaluateAll({ keys: ["banner"] }),
      client.evaluateAll(entityId, context, { keys: ["banner"] }),
    );
  }
  client.close();
});

test("a scope has defaults, those of the call first, and never throws for data", () => {
  const client = testFlags(FLAGS, { defaults: { gone: true, lost: "x", away: { a: 1 } } });
  const events: DefaultEvent[] = [];
  client.on("default", (event) => events.push(event));
  using scope = client.for("e");
  assert.equal(scope.isEnabled("gone"), true);
  assert.equal(scope.isEnabled("gone", false), false);
  assert.equal(scope.variant("lost"), "x");
  assert.equal(scope.variant("nope", "y"), "y");
  assert.deepEqual(scope.value("away"), { a: 1 });
  assert.deepEqual(scope.value("nope", { default: { b: 2 } }), { b: 2 });
  assert.equal(scope.details("on", { default: "s" }).errorCode, "TYPE_MISMATCH");
  assert.equal(events.length, 7);
  using odd = client.for("", ["no context"] as never);
  assert.equal(odd.isEnabled("on", true), true);
  assert.equal(odd.details("on").errorCode, "INVALID_CONTEXT");
  assert.throws(() => scope.isEnabled("" as never), ValidationError);
  assert.throws(() => client.for(undefined as never), ValidationError);
  assert.throws(() => client.for(5 as never), ValidationError);
  const { for: taken } = client;
  assert.throws(() => taken.call(undefined as never, "e"), /for was detached from its client/);
});

test("a flag is evaluated once, and its hooks run once", () => {
  const asked: string[] = [];
  const client = testFlags(FLAGS, { hooks: [{ before: ({ flagKey }) => asked.push(flagKey) }] });
  using scope = client.for("e");
  for (let i = 0; i < 3; i++) {
    assert.equal(scope.isEnabled("on"), true);
    assert.equal(scope.variant("theme"), "dark");
    assert.equal(scope.isEnabled("nope", i === 1), i === 1);
  }
  assert.deepEqual(asked, ["on", "theme", "nope"]);
  assert.equal(client.evaluations.length, 3);
});

test("used tells of the flags that were asked for, and not of those of evaluateAll", () => {
  using scope = testFlags(FLAGS).for("e");
  scope.evaluateAll();
  assert.deepEqual(scope.used(), {});
  scope.isEnabled("on");
  scope.variant("theme");
  scope.isEnabled("nope");
  const used = scope.used();
  assert.deepEqual(Object.keys(used), ["on", "theme", "nope"]);
  assert.deepEqual([used["on"]?.value, used["on"]?.usedDefault], [true, false]);
  assert.deepEqual([used["theme"]?.value, used["theme"]?.variantKey], ["dark", "dark"]);
  assert.deepEqual([used["nope"]?.value, used["nope"]?.errorCode], [false, "FLAG_NOT_FOUND"]);
});

const on = booleanDocument("shop", "a", true);
const off = booleanDocument("shop", "a", false);

test("an update in the middle of a request changes none of its answers", async () => {
  let document = on;
  const engine = new CountingEngine();
  const { client } = await testClient(
    { namespace: "shop", updateInterval: 0, fetcher: () => Promise.resolve(Response.json(document)) },
    new ManualClock(),
    engine,
  );
  const scope = client.for("e");
  const other = client.for("f");
  document = off;
  assert.equal(await client.refresh(), true);
  assert.equal(client.isEnabled("a", "e"), false);
  assert.equal(scope.isEnabled("a"), true);
  assert.equal(scope.evaluateAll().flags["a"]?.value, true);
  assert.equal(engine.alive, 2);
  scope[Symbol.dispose]();
  scope[Symbol.dispose]();
  assert.equal(engine.alive, 2);
  assert.equal(other.isEnabled("a"), true);
  other[Symbol.dispose]();
  assert.equal(engine.alive, 1);
  // What was asked for stays as it was; the rest is of the state that there is now.
  assert.equal(scope.isEnabled("a"), true);
  assert.equal(scope.evaluateAll().flags["a"]?.value, false);
  client.close();
  assert.equal(engine.alive, 0);
});

test("a request that outlives its client is answered to its end", async () => {
  const engine = new CountingEngine();
  const { client } = await testClient(
    { namespace: "shop", updateInterval: 0, fetcher: () => Promise.resolve(Response.json(on)) },
    new ManualClock(),
    engine,
  );
  const scope = client.for("e");
  client.close();
  assert.equal(engine.alive, 1);
  assert.equal(scope.isEnabled("a"), true);
  scope[Symbol.dispose]();
  assert.equal(engine.alive, 0);
  assert.equal(scope.details("b").errorCode, "NOT_READY");
});

test("scopes keep their state on the native engine, with large flags in the library", async (t) => {
  const values = JSON.stringify(Array.from({ length: 2_000 }, (_, n) => `user-${n}`));
  const document = (value: boolean) => ({
    namespace: { key: "shop" },
    flags: [{
      key: "large",
      name: "",
      type: "BOOLEAN_FLAG_TYPE",
      enabled: !value,
      rollouts: [{
        segment: {
          value,
          segmentOperator: "OR_SEGMENT_OPERATOR",
          segments: [{
            key: "some",
            matchType: "ALL_SEGMENT_MATCH_TYPE",
            constraints: [{
              type: "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE",
              property: "entity",
              operator: "isoneof",
              value: values,
            }],
          }],
        },
      }],
    }],
  });
  let served = document(true);
  const client = await FliptClient.init({
    namespace: "shop",
    updateInterval: 0,
    fetcher: () => Promise.resolve(Response.json(served)),
  });
  t.diagnostic(`on the ${client.engine.kind} engine`);
  const attached = await FliptClient.attach(client.share());
  const scopes = [client.for("user-5"), attached.for("user-5")];
  served = document(false);
  assert.equal(await client.refresh(), true);
  assert.equal(client.isEnabled("large", "user-5"), false);
  assert.equal(scopes[0]?.isEnabled("large"), true);
  assert.equal(scopes[1]?.isEnabled("large"), true);
  for (const scope of scopes) scope[Symbol.dispose]();
  attached.close();
  client.close();
});
