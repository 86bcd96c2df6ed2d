// A state of the portable engine beside its evaluations: what it lists, defines and compares, and that nothing of it is
// left when it is released.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EvaluationError } from "../../../core/errors.ts";
import type { CompiledState, Engine } from "../../../engines/engine.ts";
import { portableEngine } from "../../../engines/portable/mod.ts";
import type { Json } from "../../support/portable.ts";
import { compile, fullDocument } from "../../support/portable.ts";

function documentOf(...flags: readonly Json[]): Json {
  return { namespace: { key: "default" }, flags };
}

const bare = { key: "bare", name: "", enabled: false };

test("a flag is listed with what it has, and nothing else", async () => {
  const state = await compile(documentOf(
    bare,
    { ...bare, key: "odd", type: "ODD_FLAG_TYPE", description: null, defaultVariant: null },
    { ...bare, key: "boolean", type: "BOOLEAN_FLAG_TYPE", enabled: true, description: "" },
    { ...bare, key: "plain", defaultVariant: { id: "i", key: "k" } },
    { ...bare, key: "null", defaultVariant: { id: "i", key: "k", attachment: null } },
    { ...bare, key: "full", description: "d", defaultVariant: { id: "i", key: "k", attachment: "{}" } },
  ));
  const type = "VARIANT_FLAG_TYPE";
  const listed = [
    { key: "bare", enabled: false, type },
    { key: "odd", enabled: false, type },
    { key: "boolean", enabled: true, type: "BOOLEAN_FLAG_TYPE", description: "" },
    { key: "plain", enabled: false, type, defaultVariant: { id: "i", key: "k" } },
    { key: "null", enabled: false, type, defaultVariant: { id: "i", key: "k" } },
    {
      key: "full",
      enabled: false,
      type,
      description: "d",
      defaultVariant: { id: "i", key: "k", attachment: "{}" },
    },
  ];
  // As text, since a member that is undefined is a member.
  assert.equal(JSON.stringify(state.listFlags()), JSON.stringify(listed));
  for (const flag of state.listFlags()) assert.ok(!Object.values(flag).includes(undefined), flag.key);
});

test("the flags that differ between two states are those that only one has, and those of other content", async () => {
  const one = await compile(documentOf(bare, { ...bare, key: "gone" }, { ...bare, key: "same" }));
  const other = await compile(
    documentOf({ ...bare, enabled: true }, { ...bare, key: "same" }, { ...bare, key: "new" }),
  );
  assert.deepEqual(other.changedFlags(one).sort(), ["bare", "gone", "new"]);
  assert.deepEqual(one.changedFlags(other).sort(), ["bare", "gone", "new"]);
  assert.deepEqual(one.changedFlags(one), []);
});

test("against a state of another engine, every flag of both may differ", async () => {
  const state = await compile(documentOf(bare, { ...bare, key: "second" }));
  const foreign = { listFlags: () => [{ key: "bare" }, { key: "third" }] } as unknown as CompiledState;
  assert.deepEqual(state.changedFlags(foreign).sort(), ["bare", "second", "third"]);
});

test("the definition of a flag is the document's, and of an unknown one there is none", async () => {
  const document = fullDocument();
  const state = await compile(document);
  const [flag] = document.flags as Json[];
  assert.deepEqual(state.flagDefinition?.("v"), flag);
  assert.equal(state.flagDefinition?.("unknown"), undefined);
});

test("a key with a lone surrogate is the key with U+FFFD", async () => {
  const state = await compile(documentOf({ ...bare, key: "\ufffd" }));
  assert.equal(state.evaluateVariant("\ud800", "e", {}).flagKey, "\ufffd");
  assert.equal(state.evaluate("\ud800", "e", {})?.variantEvaluationResponse?.flagKey, "\ufffd");
  assert.equal(state.flagDefinition?.("\ud800")?.key, "\ufffd");
  assert.throws(() => state.evaluateVariant("x\ud800", "e", {}), {
    message: "invalid request: failed to get flag information default/x\ufffd",
  });
});

test("a flag of the other type is refused, each time", async () => {
  const state = await compile(documentOf(bare, { ...bare, key: "b", type: "BOOLEAN_FLAG_TYPE" }));
  for (let n = 0; n < 2; n++) {
    assert.throws(() => state.evaluateVariant("b", "e", {}), {
      message: "invalid request: b is not a variant flag",
    });
    assert.throws(() => state.evaluateBoolean("bare", "e", {}), {
      message: "invalid request: bare is not a boolean flag",
    });
    assert.equal(state.evaluateVariant("bare", "e", {}).match, false);
    assert.equal(state.evaluateBoolean("b", "e", {}).enabled, false);
  }
});

test("a released state answers nothing, also what it has answered before", async () => {
  const state = await compile(fullDocument());
  state.evaluateVariant("v", "e", {});
  state.release();
  for (
    const use of [
      () => state.evaluate("v", "e", {}),
      () => state.evaluate("unknown", "e", {}),
      () => state.evaluateVariant("v", "e", {}),
      () => state.flagDefinition?.("v"),
      () => state.listFlags(),
      () => state.snapshot(),
    ]
  ) assert.throws(use, (error) => error instanceof EvaluationError && /closed/.test(error.message));
});

/** Compiles bytes given in pieces. */
function finish(engine: Engine, format: "document" | "snapshot", text: string): Promise<CompiledState> {
  const compilation = engine.compile(format, "default");
  for (const letter of text) compilation.write(new TextEncoder().encode(letter));
  return compilation.finish();
}

test("a snapshot makes the same state again, in however many pieces it comes", async () => {
  const state = await compile(fullDocument());
  const again = await finish(portableEngine(), "snapshot", state.snapshot());
  assert.deepEqual(again.listFlags(), state.listFlags());
  for (const plan of ["pro", "free"]) {
    const [one, other] = [state, again].map((each) => ({
      ...each.evaluateVariant("v", "e", { plan }),
      timestamp: "",
    }));
    assert.deepEqual(one, other);
  }
  await assert.rejects(finish(portableEngine(), "document", state.snapshot()));
  await assert.rejects(finish(portableEngine(), "snapshot", JSON.stringify(fullDocument())));
});

test("a snapshot whose reading is aborted gives no state", async () => {
  const text = (await compile(fullDocument())).snapshot();
  const compilation = portableEngine().compile("snapshot", "default");
  compilation.write(new TextEncoder().encode(text));
  const finished = compilation.finish();
  // By then it waits for what reads snapshots.
  await Promise.resolve();
  compilation.abort();
  await assert.rejects(finished, /aborted/);
});

test("a large document whose compilation is aborted is not read to its end", async () => {
  const ends: string[] = [];
  const begin = (name: string, count: number) => {
    const flags = Array.from(
      { length: count },
      (_, n) => ({ ...bare, key: `flag-${n}`, description: "d".repeat(50) }),
    );
    const compilation = portableEngine().compile("document", "default");
    compilation.write(new TextEncoder().encode(JSON.stringify(documentOf(...flags))));
    return { name, compilation };
  };
  // They take turns: the second, of four times as many flags, would end long after the first.
  const [first, second] = [begin("first", 20_000), begin("second", 80_000)];
  const ended = [first, second].map(({ name, compilation }) =>
    compilation.finish().then(() => ends.push(`${name} is there`), () => ends.push(`${name} was refused`))
  );
  await new Promise((resolve) => setTimeout(resolve));
  second.compilation.abort();
  await Promise.all(ended);
  assert.deepEqual(ends, ["second was refused", "first is there"]);
});
