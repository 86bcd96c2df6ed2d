// The native engine behind its ABI: what only it can get wrong. Its answers are compared in the differential test.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { CompiledState } from "../../../engines/engine.ts";
import { Bridge } from "../../../engines/native/bridge.ts";
import { builtLibraryPath } from "../../../engines/native/library_path.ts";
import { openNativeEngine } from "../../../engines/native/mod.ts";
import { Code, Count, Format, symbols } from "../../../engines/native/symbols.ts";
import { loadFfi } from "../../../ffi/mod.ts";
import { DocumentError, EngineError, EvaluationError } from "../../../core/errors.ts";
import { ensureEngine } from "../../../tasks/build_engine.ts";

const hasEngine = ensureEngine() !== undefined;
const native = { skip: hasEngine ? false : "the native engine could not be built (no cargo?)" };
const hasCompiler = spawnSync("cc", ["--version"]).status === 0;
const compiler = { skip: hasCompiler ? false : "no C compiler (cc) to build a test library with" };

const shop = readFileSync(new URL("../../fixtures/shop/v2.json", import.meta.url));
const encoder = new TextEncoder();

async function load(document: Uint8Array | object, namespace = "shop"): Promise<CompiledState> {
  const compilation = (await openNativeEngine({ smallInScript: false })).compile("document", namespace);
  compilation.write(document instanceof Uint8Array ? document : encoder.encode(JSON.stringify(document)));
  return await compilation.finish();
}

function documentOf(rule: object): object {
  const flag = { key: "f", name: "F", enabled: true, type: "VARIANT_FLAG_TYPE", rules: [rule] };
  return { namespace: { key: "shop" }, flags: [flag] };
}

function equals(property: string, value: string): object {
  return { type: "STRING_CONSTRAINT_COMPARISON_TYPE", property, operator: "eq", value };
}

function segment(key: string, ...constraints: object[]): object {
  return { key, matchType: "ALL_SEGMENT_MATCH_TYPE", constraints };
}

async function openSymbols() {
  const { call } = await (await loadFfi()).open(builtLibraryPath(), symbols);
  return call;
}

/** Numbers that come out the same on every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

test("a document written in chunks of every size compiles to the same flags", native, async () => {
  const engine = await openNativeEngine({ smallInScript: false });
  const whole = (await load(shop)).listFlags();
  for (const size of [1, 7, 4096, shop.length]) {
    const compilation = engine.compile("document", "shop");
    for (let at = 0; at < shop.length; at += size) compilation.write(shop.subarray(at, at + size));
    const state = await compilation.finish();
    assert.deepEqual(state.listFlags(), whole);
    assert.equal(state.digest, "6cad7129d016990a619874c3d9c6a1a8a5229cb1");
    state.release();
  }
});

test("a value that is longer than the buffer is compared whole", native, async () => {
  const long = "é".repeat(500_000);
  const state = await load(documentOf({
    segments: [segment("long", equals("text", long))],
    segmentOperator: "OR_SEGMENT_OPERATOR",
    distributions: [{ variantKey: "v", rollout: 100 }],
  }));
  assert.equal(state.evaluateVariant("f", "e", { text: long }).variantKey, "v");
  assert.equal(state.evaluateVariant("f", "e", { text: long + "é" }).match, false);
  assert.equal(state.evaluateVariant("f", "x".repeat(1_000_000), { text: long }).variantKey, "v");
  assert.throws(() => state.evaluateVariant("k".repeat(1_000_000), "e", {}), EvaluationError);
  state.release();
});

test("text of every kind crosses as the UTF-8 that the runtime makes of it", native, async () => {
  const library = await (await loadFfi()).open(builtLibraryPath(), symbols);
  const bridge = new Bridge(library);
  const bytes = library.view(library.call.flipt_ffi_buffer(), bridge.capacity);
  const units = [
    0,
    0x41,
    0x7F,
    0x80,
    0x7FF,
    0x800,
    0xD7FF,
    0xD800,
    0xD83D,
    0xDBFF,
    0xDC00,
    0xDE00,
    0xDFFF,
    0xE000,
    0xFFFF,
  ];
  const random = randomNumbers(7);
  for (let round = 0; round < 20_000; round++) {
    const length = round % 500 === 0 ? 90 + random() % 20 : random() % 8;
    const text = String.fromCharCode(
      ...Array.from({ length }, () => units[random() % units.length] as number),
    );
    const at = random() % 100;
    const end = bridge.write(text, at);
    assert.deepEqual(bytes.slice(at, end), encoder.encode(text), JSON.stringify(text));
  }
  assert.equal(bridge.write("x", bridge.capacity - 3), bridge.capacity - 2);
  for (const text of ["x".repeat(bridge.capacity), "€€", "x".repeat(95), "€".repeat(200)]) {
    assert.equal(bridge.write(text, bridge.capacity - 4), -1);
  }
});

test("a flag that reads many properties reads each of them", native, async () => {
  for (const count of [14, 15, 16, 17, 100]) {
    const names = Array.from({ length: count }, (_, i) => `property-${i}`);
    const rule = {
      segments: [segment("s", ...names.map((name, i) => equals(name, `value-${i}`)))],
      segmentOperator: "OR_SEGMENT_OPERATOR",
      distributions: [{ variantKey: "v", rollout: 100 }],
    };
    const state = await load(documentOf(rule));
    const context = Object.fromEntries(names.map((name, i) => [name, `value-${i}`]));
    assert.equal(state.evaluateVariant("f", "e", context).variantKey, "v");
    for (const name of names) {
      assert.equal(state.evaluateVariant("f", "e", { ...context, [name]: "other" }).match, false);
    }
    state.release();
  }
});

test("the matched segments of a rule are told however many there are", native, async () => {
  for (const count of [2, 31, 32, 33, 64, 65, 200]) {
    const segments = Array.from({ length: count }, (_, i) => segment(`s${i}`, equals("n", String(i % 3))));
    const state = await load(
      documentOf({ segments, segmentOperator: "OR_SEGMENT_OPERATOR", distributions: [] }),
    );
    const { segmentKeys } = state.evaluateVariant("f", "e", { n: 1 });
    const expected = segments.flatMap((_, i) => i % 3 === 1 ? [`s${i}`] : []);
    assert.deepEqual(segmentKeys, expected);
    state.release();
  }
});

test("a context whose getter evaluates, too, gets the answer of its own values", native, async () => {
  const state = await load(documentOf({
    segments: [segment("s", equals("first", "1"), equals("second", "2"), equals("third", "3"))],
    segmentOperator: "OR_SEGMENT_OPERATOR",
    distributions: [{ variantKey: "v", rollout: 100 }],
  }));
  const context = {
    first: "1",
    get second() {
      assert.equal(state.evaluateVariant("f", "other", { first: "x", second: "y", third: "z" }).match, false);
      return "2";
    },
    third: "3",
  };
  assert.equal(state.evaluateVariant("f", "e", context).variantKey, "v");
  state.release();
});

test(
  "a context whose getter releases the state gets an error, not another state's answer",
  native,
  async () => {
    const rule = {
      segments: [segment("s", equals("p", "1"))],
      segmentOperator: "OR_SEGMENT_OPERATOR",
      distributions: [],
    };
    const state = await load(documentOf(rule));
    const context = {
      get p() {
        state.release();
        return "1";
      },
    };
    assert.throws(() => state.evaluateVariant("f", "e", context), EvaluationError);
    assert.throws(() => state.evaluateVariant("f", "e", {}), EvaluationError);
  },
);

test("an aborted compilation rejects and leaves no loader behind", native, async () => {
  const engine = await openNativeEngine({ smallInScript: false });
  const call = await openSymbols();
  const before = call.flipt_ffi_count(Count.loaders);
  const compilation = engine.compile("document", "shop");
  compilation.write(shop);
  const finished = compilation.finish();
  compilation.abort();
  compilation.abort();
  await assert.rejects(finished, EngineError);
  engine.compile("document", "shop").abort();
  assert.equal(call.flipt_ffi_count(Count.loaders), before);
});

test("an invalid document rejects with the reason and leaves nothing behind", native, async () => {
  const call = await openSymbols();
  const before = [call.flipt_ffi_count(Count.loaders), call.flipt_ffi_count(Count.states)];
  for (
    const text of ["", "{", "[]", "null", '{"namespace":{"key":"n"},"flags":[{"key":"f"}]}', "\u{feff}{}"]
  ) {
    await assert.rejects(
      load(encoder.encode(text)),
      (error) => error instanceof DocumentError && /valid/.test(error.message),
    );
  }
  assert.deepEqual([call.flipt_ffi_count(Count.loaders), call.flipt_ffi_count(Count.states)], before);
});

test("a released state gives its memory back, once", native, async () => {
  const call = await openSymbols();
  const before = call.flipt_ffi_count(Count.states);
  const states = await Promise.all([load(shop), load(shop), load(shop)]);
  assert.equal(call.flipt_ffi_count(Count.states), before + 3);
  for (const state of [...states, ...states]) state.release();
  assert.equal(call.flipt_ffi_count(Count.states), before);
});

test("calls with wrong handles, indices and lengths answer with codes", native, async () => {
  const library = await (await loadFfi()).open(builtLibraryPath(), symbols);
  const { call } = library;
  const length = call.flipt_ffi_buffer_length();
  const words = new Uint32Array(library.view(call.flipt_ffi_buffer(), length).buffer);
  assert.equal(call.flipt_ffi_load_begin(Format.document, length + 1), Code.badRequest);
  assert.equal(call.flipt_ffi_load_begin(7, 0), Code.badRequest);
  const loader = call.flipt_ffi_load_begin(Format.document, 0);
  assert.ok(loader < Code.first);
  assert.equal(call.flipt_ffi_load_write(loader, 0xFFFF_FFFF), Code.badRequest);
  assert.equal(call.flipt_ffi_load_take(loader), Code.badOrder);
  assert.equal(call.flipt_ffi_load_write(loader + 1, 0), Code.badHandle);
  assert.equal(call.flipt_ffi_load_abort(loader), 0);
  assert.equal(call.flipt_ffi_load_abort(loader), Code.badHandle);
  assert.equal(call.flipt_ffi_load_finish(loader), Code.badHandle);
  for (const handle of [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF]) {
    assert.equal(call.flipt_ffi_state_release(handle), Code.badHandle);
    words.set([handle, 0]);
    assert.equal(call.flipt_ffi_evaluate(), Code.badHandle);
    assert.equal(call.flipt_ffi_flag_find(handle, 0), Code.badHandle);
    assert.equal(call.flipt_ffi_flag_describe(handle, 0), Code.badHandle);
    assert.equal(call.flipt_ffi_state_snapshot(handle), Code.badHandle);
  }
  assert.equal(call.flipt_ffi_stage(length + 1), Code.badRequest);
  assert.equal(call.flipt_ffi_matched(0xFFFF_FFFF), Code.badRequest);
  assert.equal(call.flipt_ffi_count(9), Code.badRequest);
});

test("random calls over random bytes answer with numbers and harm no state", native, async () => {
  const library = await (await loadFfi()).open(builtLibraryPath(), symbols);
  const { call } = library;
  const bytes = library.view(call.flipt_ffi_buffer(), call.flipt_ffi_buffer_length());
  const words = new Uint32Array(bytes.buffer);
  const state = await load(shop);
  const expected = JSON.stringify(state.listFlags());
  bytes.set(encoder.encode("shop"));
  const loader = call.flipt_ffi_load_begin(Format.document, "shop".length);
  bytes.set(shop);
  call.flipt_ffi_load_write(loader, shop.length);
  call.flipt_ffi_load_finish(loader);
  let held = call.flipt_ffi_load_take(loader);
  while (held === Code.pending) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    held = call.flipt_ffi_load_take(loader);
  }

  const random = randomNumbers(20_261_123);
  // The states are to be there at the end.
  const functions = Object.entries(call).filter(([name]) => !/buffer$|state_release|load_abort/.test(name));
  const handles = [held, held + 1, held ^ 0x1_0000, 0, 1, 0x7FFF_FFFF, 0xFFFF_FEFF, 0xFFFF_FFFF];
  const started: number[] = [];
  let outcomes = 0;
  for (let round = 0; round < 50_000; round++) {
    for (let i = 0; i < 4; i++) bytes[random() % 64] = random();
    const [name, native] = functions[random() % functions.length] as [string, (...all: number[]) => number];
    const known = symbols[name as keyof typeof symbols].parameters as readonly string[];
    const parameters = known.map((_, place) =>
      place === 0 && random() % 4 > 0
        ? handles[random() % handles.length] as number
        : random() % 70_000 % (1 << random() % 20)
    );
    if (name === "flipt_ffi_evaluate") {
      words.set([handles[random() % 3] as number, random() % 10]);
      // A plausible place for the first strings now and then, so that some requests are well-formed.
      for (let end = 2; end < 16 && random() % 8 > 0; end++) words[end] = 64 + end * (random() % 5);
    }
    const answer = native(...parameters);
    assert.ok(Number.isInteger(answer) && answer >= 0 && answer <= 0xFFFF_FFFF, `${name}: ${answer}`);
    assert.notEqual(answer, Code.panic, `${name}(${parameters}) panicked`);
    if (name === "flipt_ffi_evaluate" && answer < Code.first) outcomes++;
    if (name === "flipt_ffi_load_begin" && answer < Code.first) started.push(answer);
    if (started.length > 100) { for (const loader of started.splice(0)) call.flipt_ffi_load_abort(loader); }
  }
  for (const loader of started) call.flipt_ffi_load_abort(loader);
  call.flipt_ffi_unstage();
  assert.ok(outcomes > 0, "no random request was ever evaluated");
  assert.equal(call.flipt_ffi_state_release(held), 0);
  assert.equal(JSON.stringify(state.listFlags()), expected);
  assert.equal(state.evaluateVariant("checkout-flow", "staff-1", {}).variantKey, "express");
  state.release();
});

test(
  "small flags are evaluated in JavaScript, with the answers of the library",
  native,
  async () => {
    const rule = {
      segments: [
        segment("nl", equals("country", "NL")),
        segment("long", equals("country", "x".repeat(5000))),
      ],
      segmentOperator: "OR_SEGMENT_OPERATOR",
      distributions: [{ variantKey: "a", rollout: 50 }, { variantKey: "b", rollout: 50 }],
    };
    const flags = ["small-1", "small-2", "small-3", "large"].map((key) => ({
      key,
      name: key,
      enabled: true,
      type: "VARIANT_FLAG_TYPE",
      rules: [key === "large" ? rule : { ...rule, segments: rule.segments.slice(0, 1) }],
    }));
    const { flipt_ffi_count: counted } = await openSymbols();
    const states: CompiledState[] = [];
    for (const smallInScript of [false, true]) {
      const compilation = (await openNativeEngine({ smallInScript })).compile("document", "shop");
      compilation.write(encoder.encode(JSON.stringify({ namespace: { key: "shop" }, flags })));
      states.push(await compilation.finish());
    }
    const answers = states.map((state) =>
      flags.flatMap(({ key }) =>
        Array.from({ length: 200 }, (_, n) => {
          const context = { country: n % 3 === 0 ? "BE" : n % 3 === 1 ? "NL" : "x".repeat(5000) };
          const { timestamp, ...answer } = state.evaluateVariant(key, `user-${n}`, context);
          assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 1000, timestamp);
          return answer;
        })
      )
    );
    assert.equal(new Set(answers[0]?.map(({ variantKey }) => variantKey)).size, 3);
    assert.deepEqual(answers[1], answers[0]);
    const before = counted(Count.states);
    for (const state of states) state.release();
    assert.equal(counted(Count.states), before - states.length);
    for (const state of states) {
      assert.throws(() => state.evaluateVariant("small-1", "e", {}), EvaluationError);
    }
  },
);

test("a library that is missing, no library, or another library is refused by name", native, async () => {
  const missing = join(tmpdir(), "no-such-library.so");
  await assert.rejects(
    openNativeEngine({ libraryPath: missing }),
    (error) => error instanceof EngineError && error.message.includes(missing),
  );
  const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-"));
  try {
    const text = join(folder, "text.so");
    writeFileSync(text, "not a library");
    await assert.rejects(
      openNativeEngine({ libraryPath: text }),
      (error) => error instanceof EngineError && error.message.includes(text),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a library of another ABI version is refused, and both versions are named", compiler, async () => {
  const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-"));
  const source = join(folder, "old.c");
  const libraryPath = join(folder, "old.so");
  writeFileSync(source, "unsigned flipt_ffi_abi_version(void) { return 4711; }\n");
  assert.equal(spawnSync("cc", ["-shared", "-fPIC", "-o", libraryPath, source]).status, 0);
  await assert.rejects(
    openNativeEngine({ libraryPath }),
    (error) => error instanceof EngineError && /4711.*version 1\b/.test(error.message),
  );
});
