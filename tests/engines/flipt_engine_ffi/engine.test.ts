// The reference library behind its binding: what only the binding can get wrong. Its answers are the measure of the
// other engines in the differential test.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { DocumentError, EngineError, EvaluationError } from "../../../core/errors.ts";
import type { CompiledState, Engine, InputFormat } from "../../../engines/engine.ts";
import { openReferenceEngine } from "../../../engines/flipt_engine_ffi/mod.ts";
import { notABooleanFlag, notAVariantFlag, released, unknownFlag } from "../../../engines/messages.ts";
import { portableEngine } from "../../../engines/portable/mod.ts";
import { answerOf } from "../../support/compare.ts";
import { library } from "../../support/reference_library.ts";

const encoder = new TextEncoder();
// Made here, because tools that handle sources may replace a lone surrogate in them.
const HIGH_SURROGATE = String.fromCharCode(0xd800);
const LOW_SURROGATE = String.fromCharCode(0xdc00);
const shop = readFileSync(new URL("../../fixtures/shop/v2.json", import.meta.url));

function compile(
  engine: Engine,
  input: Uint8Array | string | object,
  namespace = "shop",
  format: InputFormat = "document",
): Promise<CompiledState> {
  const compilation = engine.compile(format, namespace);
  const text = typeof input === "string" ? input : JSON.stringify(input);
  compilation.write(input instanceof Uint8Array ? input : encoder.encode(text));
  return compilation.finish();
}

/** A document with a variant flag that gives `yes` where the property equals the value. */
function matching(property: string, value: string, flagKey = "flag"): object {
  const constraint = { type: "STRING_CONSTRAINT_COMPARISON_TYPE", property, operator: "eq", value };
  const segment = { key: "segment", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint] };
  const rule = {
    segments: [segment],
    segmentOperator: "OR_SEGMENT_OPERATOR",
    distributions: [{ variantKey: "yes", rollout: 100 }],
  };
  const flag = { key: flagKey, name: flagKey, type: "VARIANT_FLAG_TYPE", enabled: true, rules: [rule] };
  return { namespace: { key: "shop" }, flags: [flag] };
}

describe("the reference engine", { skip: library.missing }, () => {
  let engine: Engine;
  let state: CompiledState;

  before(async () => {
    engine = await openReferenceEngine({ libraryPath: library.path, reason: "it was asked for" });
    state = await compile(engine, shop);
  });
  after(() => state.release());

  it("says what it is", () => {
    assert.deepEqual(engine.info, {
      kind: "flipt-engine-ffi",
      library: library.path,
      reason: "it was asked for",
    });
  });

  it("answers a variant flag in this package's words", () => {
    const { timestamp, requestDurationMillis, ...answer } = state.evaluateVariant("checkout-flow", "e1", {});
    assert.deepEqual(answer, {
      match: true,
      segmentKeys: ["everyone"],
      reason: "MATCH_EVALUATION_REASON",
      flagKey: "checkout-flow",
      variantKey: "classic",
      variantAttachment: '{"steps":4,"theme":"plain"}',
    });
    assert.ok(Date.parse(timestamp) > 0);
    assert.equal(typeof requestDurationMillis, "number");
  });

  it("leaves off an attachment that is not there", () => {
    const answer = state.evaluateVariant("no-rules", "e1", {});
    assert.equal(answer.variantKey, "");
    assert.ok(!("variantAttachment" in answer));
  });

  it("answers a boolean flag in this package's words", () => {
    const { timestamp, requestDurationMillis, ...answer } = state.evaluateBoolean("dark-mode", "e1", {});
    assert.deepEqual(answer, {
      enabled: true,
      flagKey: "dark-mode",
      reason: "DEFAULT_EVALUATION_REASON",
      segmentKeys: [],
    });
    assert.ok(Date.parse(timestamp) > 0);
    assert.equal(typeof requestDurationMillis, "number");
  });

  for (const version of ["v1", "v2"]) {
    it(`agrees with the portable engine about every flag of a ${version} server`, async () => {
      const document = readFileSync(new URL(`../../fixtures/shop/${version}.json`, import.meta.url));
      const reference = await compile(engine, document);
      const portable = await compile(portableEngine(), document);
      const flags = reference.listFlags();
      assert.ok(flags.length > 3);
      const byKey = (left: { key: string }, right: { key: string }): number => left.key < right.key ? -1 : 1;
      assert.deepEqual(flags.sort(byKey), portable.listFlags().sort(byKey));
      assert.equal(reference.digest, portable.digest);
      for (const { key, type } of flags) {
        assert.equal(
          reference.evaluate(key, "e1", {})?.type,
          type === "BOOLEAN_FLAG_TYPE"
            ? "BOOLEAN_EVALUATION_RESPONSE_TYPE"
            : "VARIANT_EVALUATION_RESPONSE_TYPE",
        );
        for (let entity = 0; entity < 50; entity++) {
          const context = {
            country: entity % 2 ? "NL" : "DE",
            email: "me@shop.example",
            orders: entity,
            employee: true,
          };
          for (const kind of ["evaluateVariant", "evaluateBoolean"] as const) {
            assert.deepEqual(
              answerOf(() => reference[kind](key, `entity-${entity}`, context)),
              answerOf(() => portable[kind](key, `entity-${entity}`, context)),
            );
          }
        }
      }
      reference.release();
    });
  }

  it("names the flag that is unknown or of the other type", () => {
    assert.throws(() => state.evaluateVariant("nope", "e1", {}), unknownFlag("shop", "nope"));
    assert.throws(() => state.evaluateBoolean("nope", "e1", {}), unknownFlag("shop", "nope"));
    assert.throws(() => state.evaluateVariant("dark-mode", "e1", {}), notAVariantFlag("dark-mode"));
    assert.throws(() => state.evaluateBoolean("banner", "e1", {}), notABooleanFlag("banner"));
    assert.throws(() => state.evaluateVariant("nope", "e1", {}), EvaluationError);
    assert.equal(state.evaluate("nope", "e1", {}), undefined);
  });

  it("survives text that JSON or C could trip over, wherever it stands", () => {
    const texts = [
      HIGH_SURROGATE,
      `a${LOW_SURROGATE}b`,
      "nul\0nul",
      "\0",
      '"\\\n\t\u007f',
      "\u2028",
      "😀",
      "__proto__",
      "{}",
    ];
    for (const text of texts) {
      assert.throws(() => state.evaluateVariant(text, "e1", {}), unknownFlag("shop", text.toWellFormed()));
      assert.equal(state.evaluateVariant("checkout-flow", text, { [text]: text }).match, true);
      assert.equal(state.evaluateBoolean("dark-mode", text, { [text]: text }).enabled, true);
      assert.equal(state.evaluate(text, "e1", {}), undefined);
    }
    const collision = { [HIGH_SURROGATE]: "one", [LOW_SURROGATE]: "two", "\ufffd": "three" };
    assert.equal(state.evaluateVariant("checkout-flow", "e1", collision).match, true);
  });

  it("compares text with NULs and lone surrogates as it was given, the latter made well-formed", async () => {
    for (
      const [property, value] of [["nul\0key", "nul\0value"], ["\ufffd", "\ufffd"], [
        "__proto__",
        "x",
      ]] as const
    ) {
      const special = await compile(engine, matching(property, value));
      const context = JSON.parse(`{${JSON.stringify(property)}:${JSON.stringify(value)}}`);
      assert.equal(special.evaluateVariant("flag", "e1", context).variantKey, "yes");
      assert.equal(special.evaluateVariant("flag", "e1", {}).variantKey, "");
      special.release();
    }
    const surrogate = await compile(engine, matching("property", "\ufffd"));
    assert.equal(surrogate.evaluateVariant("flag", "e1", { property: HIGH_SURROGATE }).variantKey, "yes");
    surrogate.release();
  });

  it("turns numbers and booleans into text and leaves out what is no text", async () => {
    const values: readonly [unknown, string][] = [[3, "3"], [-0, "0"], [1.5, "1.5"], [true, "true"], [
      7n,
      "7",
    ]];
    for (const [value, text] of values) {
      const converted = await compile(engine, matching("property", text));
      assert.equal(converted.evaluateVariant("flag", "e1", { property: value }).variantKey, "yes");
      converted.release();
    }
    const hostile = {
      property: NaN,
      a: null,
      b: undefined,
      c: [],
      d: {},
      e: () => 1,
      f: Symbol("f"),
      g: Infinity,
    };
    assert.equal(state.evaluateVariant("checkout-flow", "e1", hostile).match, true);
  });

  it("takes requests of a megabyte", async () => {
    const long = "é".repeat(1 << 20);
    const special = await compile(engine, matching("property", long, long));
    assert.equal(special.evaluateVariant(long, long, { property: long, [long]: long }).variantKey, "yes");
    assert.equal(special.evaluateVariant(long, "e1", {}).variantKey, "");
    special.release();
  });

  it("keeps flags apart whose keys are special in JavaScript", async () => {
    const special = await compile(engine, matching("property", "value", "__proto__"));
    assert.equal(special.evaluate("__proto__", "e1", {})?.type, "VARIANT_EVALUATION_RESPONSE_TYPE");
    assert.equal(special.evaluate("constructor", "e1", {}), undefined);
    assert.equal(special.evaluateVariant("__proto__", "e1", { property: "value" }).variantKey, "yes");
    special.release();
  });

  it("rejects what is no document before the library sees it", async () => {
    const surrogate = JSON.stringify(matching("property", HIGH_SURROGATE));
    const bad = [
      "",
      "{",
      "null",
      "[]",
      "{}",
      "\ufeff{}",
      '{"namespace":{"key":"shop"}}',
      surrogate,
      "[".repeat(100_000),
    ];
    for (const text of bad) {
      await assert.rejects(compile(engine, text), (error: Error) => {
        assert.ok(error instanceof DocumentError, String(error));
        assert.match(error.message, /^not a valid document: /);
        return true;
      });
    }
    await assert.rejects(compile(engine, Uint8Array.of(0xff, 0xfe)), DocumentError);
    await assert.rejects(compile(engine, "not base64", "shop", "snapshot"), DocumentError);
    assert.equal(state.evaluateVariant("checkout-flow", "e1", {}).match, true);
  });

  it("gives and takes snapshots of its own namespace", async () => {
    const copy = await compile(engine, state.snapshot(), "shop", "snapshot");
    assert.equal(copy.digest, undefined);
    assert.equal(copy.listFlags().length, state.listFlags().length);
    assert.equal(copy.evaluateVariant("checkout-flow", "e1", {}).variantKey, "classic");
    copy.release();
    await assert.rejects(compile(engine, state.snapshot(), "other", "snapshot"), DocumentError);
  });

  it("has no flags of another namespace's document", async () => {
    const other = await compile(engine, shop, `oth${HIGH_SURROGATE}er`);
    assert.deepEqual(other.listFlags(), []);
    assert.throws(() => other.evaluateVariant("banner", "e1", {}), unknownFlag("oth\ufffder", "banner"));
    other.release();
  });

  it("evaluates nothing after it was released", async () => {
    const short = await compile(engine, shop);
    short.release();
    short.release();
    assert.throws(() => short.evaluateVariant("checkout-flow", "e1", {}), released());
    assert.throws(() => short.evaluateBoolean("dark-mode", "e1", {}), released());
    assert.throws(() => short.evaluate("dark-mode", "e1", {}), released());
    assert.throws(() => short.listFlags(), released());
    assert.throws(() => short.snapshot(), released());
  });

  it("compiles, evaluates and releases over and over", async () => {
    for (let round = 0; round < 200; round++) {
      const short = await compile(engine, matching("round", String(round)));
      assert.equal(short.evaluateVariant("flag", "e1", { round }).variantKey, "yes");
      assert.equal(short.evaluateVariant("flag", "e1", { round: round + 1 }).variantKey, "");
      short.release();
    }
  });

  it("compiles several at a time, each its own", async () => {
    const rounds = Array.from({ length: 20 }, (_, round) => round);
    const states = await Promise.all(
      rounds.map((round) => compile(engine, matching("round", String(round)))),
    );
    for (const [round, each] of states.entries()) {
      assert.equal(each.evaluateVariant("flag", "e1", { round }).variantKey, "yes");
      each.release();
    }
  });

  it("joins the chunks that it is given, and copies them", async () => {
    const compilation = engine.compile("document", "shop");
    const chunk = new Uint8Array(100);
    for (let start = 0; start < shop.length; start += chunk.length) {
      const part = shop.subarray(start, start + chunk.length);
      chunk.set(part);
      compilation.write(chunk.subarray(0, part.length));
    }
    chunk.fill(0);
    const joined = await compilation.finish();
    assert.equal(joined.evaluateVariant("checkout-flow", "e1", {}).variantKey, "classic");
    joined.release();
  });

  it("rejects a compilation that is aborted, before it is finished or while it is", async () => {
    const early = engine.compile("document", "shop");
    early.write(shop);
    early.abort();
    early.abort();
    early.write(shop);
    await assert.rejects(early.finish(), EngineError);

    const late = engine.compile("document", "shop");
    late.write(shop);
    const finished = late.finish();
    late.abort();
    late.abort();
    await assert.rejects(finished, /aborted/);

    const done = engine.compile("document", "shop");
    done.write(shop);
    const kept = await done.finish();
    done.abort();
    assert.equal(kept.evaluateVariant("checkout-flow", "e1", {}).variantKey, "classic");
    kept.release();
  });

  it("leaves the event loop free while it compiles", async () => {
    const [flag] = (matching("property", "x".repeat(200)) as { flags: object[] }).flags;
    const flags = Array.from({ length: 10_000 }, (_, index) => ({ ...flag, key: `flag-${index}` }));
    const compilation = engine.compile("document", "shop");
    compilation.write(encoder.encode(JSON.stringify({ namespace: { key: "shop" }, flags })));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const large = await compilation.finish();
    clearInterval(timer);
    // On this thread all of it is one turn of the event loop.
    assert.ok(ticks > 3, `${ticks} ticks`);
    assert.equal(large.listFlags().length, 10_000);
    large.release();
  });
});
