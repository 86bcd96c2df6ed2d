// Snapshots: what is written, what is taken, and that the reference library and this project take each other's.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromBase64, toBase64 } from "../../engines/base64.ts";
import type { FlagDocument } from "../../engines/document.ts";
import { parseDocument } from "../../engines/document_parsing.ts";
import type { CompiledState, Engine } from "../../engines/engine.ts";
import { documentToSnapshot, encodeSnapshot } from "../../engines/snapshot.ts";
import { decodeSnapshot } from "../../engines/snapshot_reading.ts";
import { DocumentError } from "../../core/errors.ts";
import { compileText, evaluatorOf, plainContext, sameAnswer } from "../support/compare.ts";
import { enginesUnderTest, missingReference, referenceEngine } from "../support/differential.ts";
import { generateCase } from "../support/generator.ts";

type Json = { [member: string]: Json };

const encoder = new TextEncoder();
const LONG = { timeout: 300_000 };

const constraint = { type: "STRING_CONSTRAINT_COMPARISON_TYPE", property: "p", operator: "eq", value: "x" };
const segment = { key: "s", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint] };
const document: FlagDocument = {
  namespace: { key: "default", name: "Default" },
  flags: [
    {
      key: "v",
      name: "V",
      description: "d",
      enabled: true,
      rules: [{
        segments: [segment, { key: "t", matchType: "?", constraints: [{ ...constraint, type: "?" }] }],
        segmentOperator: "AND_SEGMENT_OPERATOR",
        distributions: [{ variantKey: "a", rollout: 33.3, variantAttachment: "{}" }, {
          variantKey: "b",
          rollout: 0,
        }],
      }, { segmentOperator: "?", distributions: [] }],
      defaultVariant: { id: "i", key: "k", attachment: "null" },
    },
    {
      key: "b",
      name: "B",
      type: "BOOLEAN_FLAG_TYPE",
      enabled: false,
      rollouts: [
        { threshold: { percentage: 12.5, value: true }, segment: { value: false, segments: [] } },
        { segment: { value: false, segments: [segment] } },
        { description: "nothing" },
      ],
    },
  ],
  digest: "0123",
};

/** What the reference library writes for the document above, its members in the order it writes them. */
const snapshot = {
  version: 1,
  namespace: {
    key: "default",
    flags: {
      v: {
        key: "v",
        enabled: true,
        type: "VARIANT_FLAG_TYPE",
        description: "d",
        default_variant: { id: "i", key: "k", attachment: "null" },
      },
      b: { key: "b", enabled: false, type: "BOOLEAN_FLAG_TYPE" },
    },
    eval_rules: {
      v: [
        {
          id: "v-1",
          flag_key: "v",
          segments: {
            s: { segment_key: "s", match_type: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint] },
            t: {
              segment_key: "t",
              match_type: "ANY_SEGMENT_MATCH_TYPE",
              constraints: [{ ...constraint, type: "UNKNOWN_CONSTRAINT_COMPARISON_TYPE" }],
            },
          },
          rank: 1,
          segment_operator: "AND_SEGMENT_OPERATOR",
        },
        { id: "v-2", flag_key: "v", segments: {}, rank: 2, segment_operator: "OR_SEGMENT_OPERATOR" },
      ],
      b: [],
    },
    eval_rollouts: {
      v: [],
      b: [
        { rollout_type: "THRESHOLD_ROLLOUT_TYPE", rank: 1, threshold: { percentage: 12.5, value: true } },
        {
          rollout_type: "SEGMENT_ROLLOUT_TYPE",
          rank: 2,
          segment: {
            value: false,
            segment_operator: "OR_SEGMENT_OPERATOR",
            segments: {
              s: { segment_key: "s", match_type: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint] },
            },
          },
        },
        { rollout_type: "UNKNOWN_ROLLOUT_TYPE", rank: 3 },
      ],
    },
    eval_distributions: {
      "v-1": [
        { rule_id: "v-1", rollout: 33.3, variant_key: "a", variant_attachment: "{}" },
        { rule_id: "v-1", rollout: 0, variant_key: "b" },
      ],
      "v-2": [],
    },
  },
};

function textOf(value: unknown): string {
  return toBase64(encoder.encode(typeof value === "string" ? value : JSON.stringify(value)));
}

function refusal(text: string, namespace = "default"): string {
  try {
    decodeSnapshot(text, namespace);
  } catch (error) {
    assert.ok(error instanceof DocumentError);
    return error.message;
  }
  assert.fail("the snapshot was taken");
}

/** The snapshot with one member replaced; `undefined` leaves it out. */
function withMember(path: readonly string[], value: unknown): Json {
  const copy = JSON.parse(JSON.stringify(snapshot)) as Json;
  let target = copy;
  for (const step of path.slice(0, -1)) target = target[step] as Json;
  target[path.at(-1) ?? ""] = value as Json;
  return copy;
}

function load(engine: Engine, text: string, namespace: string): Promise<CompiledState> {
  const compilation = engine.compile("snapshot", namespace);
  compilation.write(encoder.encode(text));
  return compilation.finish();
}

test("a document becomes the reference library's own structures", () => {
  assert.deepEqual(JSON.parse(documentToSnapshot(document, "default")), snapshot);
  assert.equal(encodeSnapshot(document, "default"), textOf(documentToSnapshot(document, "default")));
});

test("a snapshot becomes a document that gives the same snapshot again", () => {
  const text = encodeSnapshot(document, "default");
  const again = decodeSnapshot(text, "default");
  assert.equal(encodeSnapshot(again, "default"), text);
  assert.deepEqual(decodeSnapshot(encoder.encode(text), "default"), again);
  // What is in the document and not in the snapshot: names, descriptions of rollouts, the digest.
  assert.deepEqual(Object.keys(again), ["namespace", "flags"]);
});

test("flags that count are kept, whatever their keys, and the last of those with one key", () => {
  const keys = ["__proto__", "constructor", "2", "1", "größe", "😀", "nul\0", ""];
  const flags = keys.flatMap((key) => [
    { key, name: "first", enabled: false, rules: document.flags[0]?.rules },
    { key, name: "last", enabled: true },
  ]);
  const again = decodeSnapshot(encodeSnapshot({ ...document, flags }, "default"), "default");
  assert.deepEqual(again.flags.map(({ key }) => key).sort(), [...keys].sort());
  for (const { enabled, rules } of again.flags) assert.deepEqual([enabled, rules], [true, []]);
});

test("a document of another namespace gives a snapshot without flags", () => {
  assert.deepEqual(decodeSnapshot(encodeSnapshot(document, "other"), "other").flags, []);
});

test("text that is not padded base64 is refused", () => {
  const text = encodeSnapshot(document, "default");
  const odd = textOf("{}  ");
  assert.match(odd, /=$/);
  for (
    const bad of [
      "!!!!",
      text + "\n",
      " " + text,
      text.slice(0, 8) + "\n" + text.slice(8),
      text.slice(1),
      text + "====",
      odd.replaceAll("=", ""),
      "ab=c",
      "a===",
      "Zh==",
      "{}",
      "ü".repeat(4),
    ]
  ) {
    assert.match(refusal(bad), /not padded base64.*getSnapshot\(\)/, bad);
  }
});

test("base64 that holds no snapshot is refused with what is wrong", () => {
  assert.match(refusal(""), /not JSON/);
  assert.match(refusal(textOf("{")), /not JSON/);
  assert.match(refusal(toBase64(Uint8Array.of(0x22, 0xff, 0x22))), /not UTF-8/);
  assert.match(refusal(textOf([])), /the snapshot must be an object, not a list/);
  assert.match(refusal(textOf(document)), /version is missing/);
  assert.match(refusal(textOf({ ...snapshot, version: 2 })), /its version is 2, not 1/);
  assert.match(
    refusal(textOf(snapshot), "other"),
    /to the namespace "default", and this client needs "other"/,
  );
});

test("a member that has to be there is missed by its path, and so is one of another type", () => {
  const v = ["namespace", "eval_rules", "v", "0"];
  const b = ["namespace", "eval_rollouts", "b"];
  const d = ["namespace", "eval_distributions", "v-1", "0"];
  const needed: readonly (readonly string[])[] = [
    ["version"],
    ["namespace"],
    ...["key", "flags", "eval_rules", "eval_rollouts", "eval_distributions"].map((
      name,
    ) => ["namespace", name]),
    ...["key", "enabled", "type"].map((name) => ["namespace", "flags", "v", name]),
    ...["id", "key"].map((name) => ["namespace", "flags", "v", "default_variant", name]),
    ...["id", "flag_key", "segments", "rank", "segment_operator"].map((name) => [...v, name]),
    ...["segment_key", "match_type", "constraints"].map((name) => [...v, "segments", "s", name]),
    ...["type", "property", "operator", "value"].map((
      name,
    ) => [...v, "segments", "s", "constraints", "0", name]),
    ...["rollout_type", "rank"].map((name) => [...b, "0", name]),
    ...["percentage", "value"].map((name) => [...b, "0", "threshold", name]),
    ...["value", "segment_operator", "segments"].map((name) => [...b, "1", "segment", name]),
    ...["rule_id", "rollout", "variant_key"].map((name) => [...d, name]),
  ];
  for (const path of needed) {
    const name = path.at(-1) ?? "";
    assert.match(refusal(textOf(withMember(path, undefined))), new RegExp(`${name}.* is missing`), name);
    assert.match(refusal(textOf(withMember(path, null))), new RegExp(`${name}.* must be .*, not null`), name);
    // An object with a member of its own is right nowhere, a map of something else apart.
    assert.match(refusal(textOf(withMember(path, { "": 5 }))), /must be|is missing/, name);
  }
  const optional: readonly (readonly string[])[] = [
    ["namespace", "flags", "v", "description"],
    ["namespace", "flags", "v", "default_variant"],
    ["namespace", "flags", "v", "default_variant", "attachment"],
    [...b, "0", "threshold"],
    [...b, "1", "segment"],
    [...d, "variant_attachment"],
  ];
  for (const path of optional) {
    for (const value of [undefined, null]) decodeSnapshot(textOf(withMember(path, value)), "default");
    assert.match(refusal(textOf(withMember(path, 5))), /must be .*, not a number/, path.join());
  }
});

test("a snapshot that contradicts itself is refused", () => {
  const rules = ["namespace", "eval_rules", "v"];
  assert.match(refusal(textOf(withMember(rules, undefined))), /namespace.eval_rules has no "v"/);
  assert.match(
    refusal(textOf(withMember(["namespace", "eval_rollouts", "b"], undefined))),
    /namespace.eval_rollouts has no "b"/,
  );
  assert.match(
    refusal(textOf(withMember(["namespace", "eval_distributions", "v-2"], undefined))),
    /namespace.eval_distributions has no "v-2"/,
  );
  assert.match(refusal(textOf(withMember([...rules, "0", "rank"], 3))), /the ranks of .*"v".* do not ascend/);
  assert.match(
    refusal(textOf(withMember(["namespace", "flags", "v", "key"], "w"))),
    /the flag "v" has the key "w"/,
  );
  // The lists that a flag's type does not need may be missing.
  decodeSnapshot(textOf(withMember(["namespace", "eval_rollouts", "v"], undefined)), "default");
  decodeSnapshot(textOf(withMember(["namespace", "eval_rules", "b"], undefined)), "default");
});

test("base64 comes out the same with and without the runtime's own functions", () => {
  const natives = [
    [Uint8Array, "fromBase64"],
    [Uint8Array.prototype, "toBase64"],
  ] as const;
  const found = natives.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  const samples = [0, 1, 2, 3, 4, 100, 8191, 8192, 8193, 100_000].map((length) =>
    Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
  );
  const bad = ["Zh==", "Zm9=", "ab=c", "a===", "====", "Zm9v\n", "Zm-_", "Zm9"];
  const round = (): unknown[] => [
    ...samples.map(toBase64),
    ...samples.map((bytes) => Array.from(fromBase64(toBase64(bytes)) ?? [-1])),
    ...bad.map(fromBase64),
  ];
  const withNatives = round();
  try {
    for (const [owner, name] of natives) Reflect.deleteProperty(owner, name);
    assert.deepEqual(round(), withNatives);
  } finally {
    natives.forEach(([owner, name], i) => {
      const descriptor = found[i];
      if (descriptor !== undefined) Object.defineProperty(owner, name, descriptor);
    });
  }
  assert.deepEqual(bad.map(fromBase64), bad.map(() => undefined));
  assert.equal(samples.map(toBase64)[4], "AAcOFQ==");
});

test("the shop answers the same after a round trip through a snapshot", LONG, async () => {
  const bytes = readFileSync(new URL("../fixtures/shop/v2.json", import.meta.url));
  const text = encodeSnapshot(parseDocument(bytes), "shop");
  for (const engine of await enginesUnderTest()) {
    const before = await compileText(engine, new TextDecoder().decode(bytes), "shop");
    const after = await load(engine, text, "shop");
    const byKey = (state: CompiledState) => state.listFlags().sort((a, b) => a.key < b.key ? -1 : 1);
    assert.deepEqual(byKey(after), byKey(before));
    for (const { key, type } of after.listFlags()) {
      for (let i = 0; i < 100; i++) {
        const request = {
          kind: type === "BOOLEAN_FLAG_TYPE" ? "boolean" : "variant",
          flagKey: key,
          entityId: `user-${i}`,
          context: { plan: i % 2 === 0 ? "pro" : "free" },
        } as const;
        assert.ok(sameAnswer(evaluatorOf(before)(request), evaluatorOf(after)(request)), key);
      }
    }
    before.release();
    after.release();
  }
});

test(
  "every engine loads every engine's snapshots, the reference library's included, with the same answers",
  { ...LONG, skip: missingReference() },
  async () => {
    const engines = [...await enginesUnderTest(), await referenceEngine()];
    for (let seed = 1; seed <= 60; seed++) {
      const { document, namespace, requests } = generateCase(seed, 50);
      // The reference writes null for what is infinite in 32 bits, which nothing can read, itself included.
      if (document.includes("1e+39")) continue;
      const states = await Promise.all(engines.map((engine) => compileText(engine, document, namespace)));
      for (const [i, writer] of states.entries()) {
        const text = writer.snapshot();
        for (const reader of engines) {
          const state = await load(reader, text, namespace);
          for (const request of requests) {
            const [before, after] = [evaluatorOf(writer)(request), evaluatorOf(state)(request)];
            if (sameAnswer(before, after)) continue;
            const asked = JSON.stringify({ ...request, context: plainContext(request.context) });
            assert.fail(
              `seed ${seed}: ${engines[i]?.info.kind} answered ${JSON.stringify(before)}, its snapshot in ` +
                `${reader.info.kind} ${JSON.stringify(after)} to ${asked}`,
            );
          }
          state.release();
        }
      }
      for (const state of states) state.release();
    }
  },
);
