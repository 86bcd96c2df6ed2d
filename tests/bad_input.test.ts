// What a caller, a server or a file can get wrong, on every engine: always an error of the hierarchy that says what to
// do, or the answer that the rules give; never a crash, a hang or an unhandled rejection.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  type ClientOptions,
  DocumentError,
  EngineError,
  EvaluationError,
  type EvaluationRequest,
  FliptClient,
  FliptError,
  ValidationError,
} from "../mod.ts";
import { testedEngines } from "./support/engines.ts";

const shop = JSON.parse(readFileSync(new URL("./fixtures/shop/v2.json", import.meta.url), "utf8"));

type Json = Record<string, unknown>;

function serving(body: string | Uint8Array<ArrayBuffer>): ClientOptions {
  return { fetcher: () => Promise.resolve(new Response(body)), updateInterval: 0, namespace: "shop" };
}

function constraint(property: string, operator: string, value: string, type = "STRING"): Json {
  return { type: `${type}_CONSTRAINT_COMPARISON_TYPE`, property, operator, value };
}

/** A flag for each segment, of the segment's key: it matches when the segment does. */
function flagPerSegment(segments: Record<string, Json[]>): string {
  const flags = Object.entries(segments).map(([key, constraints]) => ({
    key,
    name: "",
    enabled: true,
    type: "VARIANT_FLAG_TYPE",
    rules: [{
      segments: [{ key, matchType: "ALL_SEGMENT_MATCH_TYPE", constraints }],
      segmentOperator: "OR_SEGMENT_OPERATOR",
      distributions: [{ variantKey: key, rollout: 100 }],
    }],
  }));
  return JSON.stringify({ namespace: { key: "shop" }, flags });
}

/** Every document that lacks one member of `whole` that must be there, or has one of the wrong type. */
function* damaged(whole: unknown, path: string): Generator<[string, unknown]> {
  const optional =
    /\.(digest|type|description|rules|rollouts|defaultVariant|segments|variantAttachment|attachment)$/;
  const unread = /\.(createdAt|updatedAt|digest|id|ruleId|rank)$/;
  if (Array.isArray(whole)) {
    for (const [place, value] of whole.entries()) {
      for (const [where, bad] of damaged(value, `${path}[${place}]`)) yield [where, whole.with(place, bad)];
    }
    return;
  }
  if (typeof whole !== "object" || whole === null) return;
  for (const [name, value] of Object.entries(whole)) {
    const where = `${path}.${name}`;
    // A rollout's type follows from what it holds, a segment's name and description are for people.
    if (unread.test(where) && !/defaultVariant\.id$/.test(where)) continue;
    if (
      /\.rollouts\[\d+\]\.type$/.test(where) ||
      /\.segments\[\d+\]\.(name|description)$/.test(where)
    ) continue;
    yield [`${where} of the wrong type`, {
      ...whole,
      [name]: typeof value === "object" ? 7 : { "not": "this" },
    }];
    const mayBeAbsent =
      optional.test(where) && !/\.segment\.segments$|constraints\[\d+\]\.type$/.test(where) ||
      /\.rollouts\[\d+\]\.(threshold|segment)$|\.segment\.segmentOperator$/.test(where);
    if (!mayBeAbsent) {
      const { [name]: _, ...rest } = whole as Json;
      yield [`${where} missing`, rest];
    }
    for (const [deeper, bad] of damaged(value, where)) yield [deeper, { ...whole, [name]: bad }];
  }
}

for (const { kind, options, skip } of await testedEngines()) {
  const on = (title: string, body: () => Promise<void>): void => {
    test(`${kind}: ${title}`, { skip }, body);
  };
  const init = (more: ClientOptions): Promise<FliptClient> => FliptClient.init({ ...options, ...more });

  on("a blank or missing flag key or entity id is refused by name", async () => {
    using client = await init(serving(JSON.stringify(shop)));
    for (const blank of ["", " ", "\t\n", "\u00a0\u3000", undefined, null]) {
      const flagless = { flagKey: blank as string, entityId: "e", context: {} };
      const entityless = { flagKey: "banner", entityId: blank as string, context: {} };
      for (
        const evaluate of [
          (request: EvaluationRequest) => client.evaluateVariant(request),
          (request: EvaluationRequest) => client.evaluateBoolean(request),
        ]
      ) {
        assert.throws(() => evaluate(flagless), new ValidationError("flagKey cannot be empty"));
        assert.throws(() => evaluate(entityless), new ValidationError("entityId cannot be empty"));
      }
      assert.throws(() => client.evaluateBatch([entityless]), /entityId cannot be empty/);
    }
    for (const wrong of [7, true, {}, [], Symbol("s"), () => "banner"]) {
      assert.throws(() => client.evaluateVariant(wrong as string, "e"), ValidationError);
      assert.throws(() => client.evaluateVariant("banner", wrong as string), /entityId must be a string/);
    }
  });

  on("an unknown flag and a flag of the other type are told apart", async () => {
    using client = await init(serving(JSON.stringify(shop)));
    const refusal = (code: string, message: string) => ({
      name: "EvaluationError",
      code,
      message: `invalid request: ${message}`,
    });
    const unknown = refusal(
      "FLAG_NOT_FOUND",
      "failed to get flag information shop/nope: there is no such flag",
    );
    assert.throws(() => client.evaluateVariant("nope", "e"), unknown);
    assert.throws(() => client.evaluateBoolean("nope", "e"), unknown);
    const notVariant = refusal("TYPE_MISMATCH", "dark-mode is not a variant flag: use evaluateBoolean()");
    assert.throws(() => client.evaluateVariant("dark-mode", "e"), notVariant);
    const notBoolean = refusal("TYPE_MISMATCH", "banner is not a boolean flag: use evaluateVariant()");
    assert.throws(() => client.evaluateBoolean("banner", "e"), notBoolean);
    const batch = client.evaluateBatch([{ flagKey: "nope", entityId: "e" }, {
      flagKey: "dark-mode",
      entityId: "e",
    }]);
    assert.deepEqual(batch.responses[0], {
      type: "ERROR_EVALUATION_RESPONSE_TYPE",
      errorEvaluationResponse: {
        flagKey: "nope",
        namespaceKey: "shop",
        reason: "NOT_FOUND_ERROR_EVALUATION_REASON",
      },
    });
    assert.equal(batch.responses[1]?.type, "BOOLEAN_EVALUATION_RESPONSE_TYPE");
  });

  on("numbers and booleans of a context are compared as text, other values count as absent", async () => {
    using client = await init(serving(flagPerSegment({
      number: [constraint("p", "eq", "3", "NUMBER")],
      text: [constraint("p", "eq", "1.5")],
      boolean: [constraint("p", "true", "", "BOOLEAN")],
      absent: [constraint("p", "empty", "")],
    })));
    const matches = (p: unknown): string[] =>
      ["number", "text", "boolean", "absent"].filter((key) => client.evaluateVariant(key, "e", { p }).match);
    assert.deepEqual(matches(3), ["number"]);
    assert.deepEqual(matches(3n), ["number"]);
    assert.deepEqual(matches(1.5), ["text"]);
    assert.deepEqual(matches(true), ["boolean"]);
    for (
      const absent of [null, undefined, NaN, Infinity, {}, { p: "3" }, ["3"], Symbol("3"), () => "3", ""]
    ) {
      assert.deepEqual(matches(absent), ["absent"]);
    }
  });

  on("a context that is none is refused, a missing one is empty", async () => {
    using client = await init(serving(JSON.stringify(shop)));
    for (const wrong of ["x", 7, true, [], ["a"], new Map(), Symbol("s")]) {
      assert.throws(
        () => client.evaluateVariant("banner", "e", wrong as unknown as Json),
        /context must be an object/,
      );
    }
    assert.equal(client.evaluateVariant("banner", "e", null).variantKey, "winter");
    assert.equal(client.evaluateVariant({ flagKey: "banner", entityId: "e" }).variantKey, "winter");
    assert.equal(client.evaluateVariant("banner", "e", Object.create(null)).variantKey, "winter");
  });

  on("a getter that throws becomes an error with the cause", async () => {
    using client = await init(serving(flagPerSegment({ f: [constraint("p", "eq", "1")] })));
    const cause = new Error("from the getter");
    const context = {
      get p(): string {
        throw cause;
      },
    };
    const isIt = (error: unknown): boolean => error instanceof ValidationError && error.cause === cause;
    assert.throws(() => client.evaluateVariant("f", "e", context), isIt);
    assert.throws(() => client.evaluateBatch([{ flagKey: "f", entityId: "e", context }]), isIt);
    assert.equal(client.evaluateVariant("f", "e", { p: "1" }).match, true);
  });

  on("a lone surrogate means U+FFFD wherever it stands, and a NUL is a character", async () => {
    using client = await init(serving(flagPerSegment({
      "\ufffd": [constraint("p", "eq", "\ufffd")],
      "nul\0": [constraint("p\0", "eq", "a\0b")],
      entity: [constraint("", "prefix", "\ufffd", "ENTITY_ID")],
    })));
    assert.equal(client.evaluateVariant("\ud800", "e", { p: "\udc00" }).variantKey, "\ufffd");
    assert.equal(client.evaluateVariant("\ud800", "e", { p: "\udc00" }).flagKey, "\ufffd");
    assert.equal(client.evaluateVariant("\ufffd", "\ud800", { p: "\ud800x" }).match, false);
    assert.equal(client.evaluateVariant("nul\0", "e", { "p\0": "a\0b" }).match, true);
    assert.equal(client.evaluateVariant("nul\0", "e", { "p\0": "a" }).match, false);
    assert.equal(
      client.evaluateVariant("nul\0", "\0", { "p\0": "a\0b", "\ud800": "x", "": "y" }).match,
      true,
    );
    assert.equal(client.evaluateVariant("entity", "\ud83d-1").match, true);
    assert.throws(() => client.evaluateVariant("nul", "e"), EvaluationError);
    const [entry] = client.evaluateBatch([{ flagKey: "\udfff\udfff", entityId: "\ud800" }]).responses;
    assert.equal(entry?.type, "ERROR_EVALUATION_RESPONSE_TYPE");
  });

  on("names of JavaScript's own are flags, segments and properties like any other", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype"];
    const segments = new Map(names.map((name) => [name, [constraint(name, "eq", "yes")]]));
    using client = await init(serving(flagPerSegment(Object.fromEntries(segments))));
    for (const name of names) {
      const own = JSON.parse(`{${JSON.stringify(name)}: "yes"}`);
      const { match, segmentKeys, variantKey } = client.evaluateVariant(name, "e", own);
      assert.deepEqual({ match, segmentKeys, variantKey }, {
        match: true,
        segmentKeys: [name],
        variantKey: name,
      });
      assert.equal(client.evaluateVariant(name, "e", {}).match, false);
    }
    assert.deepEqual(client.listFlags().map((flag) => flag.key).sort(), [...names].sort());
    using empty = await init(serving(`{"namespace":{"key":"shop"},"flags":[]}`));
    for (const name of names) assert.throws(() => empty.evaluateVariant(name, "e"), EvaluationError);
  });

  on("strings of a megabyte are evaluated like short ones", async () => {
    const long = "ü".repeat(1 << 20);
    using client = await init(serving(flagPerSegment({ f: [constraint("p", "suffix", "üü!")] })));
    assert.equal(client.evaluateVariant("f", long, { p: `${long}!` }).match, true);
    assert.equal(client.evaluateVariant("f", long, { p: long, [long]: long }).match, false);
    assert.throws(() => client.evaluateVariant(long, "e"), EvaluationError);
  });

  on("a byte order mark before a document is skipped", async () => {
    const bytes = new TextEncoder().encode(`\u{feff}${JSON.stringify(shop)}`);
    assert.equal((await init(serving(bytes))).listFlags().length, shop.flags.length);
  });

  on("a document that is empty, truncated or not JSON is refused", async () => {
    const text = JSON.stringify(shop);
    const bad = [
      "",
      " ",
      "null",
      "7",
      '"text"',
      "[]",
      "{}",
      "<!doctype html>",
      "\u{feff}",
      `${text}x`,
      `[${text}]`,
    ];
    for (let length = 1; length < text.length; length += 997) bad.push(text.slice(0, length));
    for (const body of bad) {
      await assert.rejects(
        init(serving(body)),
        (error) => error instanceof DocumentError && error.message.length > 20,
        body,
      );
    }
    await assert.rejects(init(serving(new Uint8Array([0x7b, 0xff, 0x7d]))), DocumentError);
  });

  on("a document with any member missing or of the wrong type is refused", async () => {
    let count = 0;
    for (const [where, document] of damaged(shop, "document")) {
      await assert.rejects(init(serving(JSON.stringify(document))), DocumentError, where);
      count++;
    }
    assert.ok(count > 300, `only ${count} damaged documents`);
  });

  on("a member that no rule reads may be nested a thousand levels deep", async () => {
    const deep = "[".repeat(1000) + "]".repeat(1000);
    const text = JSON.stringify(shop);
    using client = await init(serving(`${text.slice(0, -1)},"extra":${deep}}`));
    assert.equal(client.evaluateVariant("banner", "e").variantKey, "winter");
    await assert.rejects(init(serving(`{"namespace":{"key":"shop"},"flags":${deep}}`)), DocumentError);
  });

  on("a document of 100,000 flags is evaluated like a small one", async () => {
    const flags = Array.from(
      { length: 100_000 },
      (_, n) => `{"key":"flag-${n}","name":"","enabled":${n % 2 === 0},"type":"BOOLEAN_FLAG_TYPE"}`,
    );
    using client = await init(serving(`{"namespace":{"key":"shop"},"flags":[${flags}]}`));
    assert.equal(client.evaluateBoolean("flag-99998", "e").enabled, true);
    assert.equal(client.evaluateBoolean("flag-99999", "e").enabled, false);
    assert.throws(() => client.evaluateBoolean("flag-100000", "e"), EvaluationError);
    assert.equal(client.listFlags().length, 100_000);
  });

  on("a bad document after a good one leaves the good one in place", async () => {
    const bodies = [JSON.stringify(shop), "{", '{"namespace":{"key":"shop"},"flags":[{}]}'];
    let asked = 0;
    const fetcher = () => Promise.resolve(new Response(bodies[asked++]));
    using client = await init({ fetcher, updateInterval: 0, namespace: "shop", errorStrategy: "fallback" });
    const flags = client.listFlags();
    await assert.rejects(client.refresh(), DocumentError);
    await assert.rejects(client.refresh(), DocumentError);
    assert.deepEqual(client.listFlags(), flags);
    assert.equal(client.evaluateVariant("banner", "e").variantKey, "winter");
  });

  on("a snapshot that is not one is refused, and the message says what is wrong", async () => {
    using client = await init(serving(JSON.stringify(shop)));
    const good = client.getSnapshot();
    const other = { ...serving(JSON.stringify(shop)), errorStrategy: "fallback" } as const;
    const json = JSON.parse(atob(good));
    const encode = (value: unknown): string => btoa(JSON.stringify(value));
    const bad: [string, RegExp][] = [
      ["not base64!", /base64/],
      [good.slice(0, -7), /base64|snapshot/],
      [btoa("not json"), /snapshot/],
      [encode([]), /snapshot/],
      [encode({ ...json, version: 99 }), /version/],
      [encode({ ...json, namespace: { ...json.namespace, flags: [] } }), /snapshot/],
      [encode({ ...json, namespace: { ...json.namespace, key: "elsewhere" } }), /elsewhere/],
    ];
    for (const [snapshot, why] of bad) {
      await assert.rejects(
        init({ ...other, snapshot }),
        (error) => error instanceof DocumentError && why.test(error.message),
        snapshot.slice(0, 40),
      );
    }
    using again = await init({ ...other, snapshot: good });
    assert.equal(again.evaluateVariant("banner", "e").variantKey, "winter");
  });

  on("a closed client says so, however often it is closed", async () => {
    const client = await init(serving(JSON.stringify(shop)));
    client.close();
    client.close();
    const isIt = (error: unknown): boolean =>
      error instanceof EvaluationError && /closed/.test(error.message);
    assert.throws(() => client.evaluateVariant("banner", "e"), isIt);
    assert.throws(() => client.evaluateBoolean("dark-mode", "e"), isIt);
    assert.throws(() => client.evaluateBatch([{ flagKey: "banner", entityId: "e" }]), isIt);
    assert.throws(() => client.listFlags(), isIt);
    assert.throws(() => client.getSnapshot(), isIt);
    await assert.rejects(client.refresh(), isIt);
    await client[Symbol.asyncDispose]();
  });

  on("closing during a fetch ends the fetch with an error of the hierarchy", async () => {
    let answer: (response: Response) => void = () => {};
    let asked = 0;
    const fetcher = (): Promise<Response> =>
      asked++ === 0
        ? Promise.resolve(new Response(JSON.stringify(shop)))
        : new Promise((resolve) => answer = resolve);
    const client = await init({ fetcher, updateInterval: 0, namespace: "shop" });
    const refreshed = client.refresh();
    client.close();
    await assert.rejects(refreshed, FliptError);
    answer(new Response(JSON.stringify(shop)));
    assert.throws(() => client.evaluateVariant("banner", "e"), EvaluationError);
  });

  on("an init that is aborted rejects with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("no time left");
    const fetcher = (): Promise<Response> => new Promise(() => controller.abort(reason));
    await assert.rejects(init({ fetcher, updateInterval: 0, signal: controller.signal }), reason);
  });
}

test("an engine that cannot be had is an error that names the library, never another engine", async () => {
  for (const engine of ["native", "flipt-engine-ffi"] as const) {
    const libraryPath = "no/such/library.so";
    await assert.rejects(
      FliptClient.init({ ...serving(JSON.stringify(shop)), engine, libraryPath }),
      (error) => error instanceof EngineError && error.message.includes(libraryPath),
    );
  }
});
