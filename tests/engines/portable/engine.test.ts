// The portable engine by itself: which documents it takes, what it keeps to of the engine's contract, and the form of
// its answers. That the answers are right is the differential test's to say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { CompiledState } from "../../../engines/engine.ts";
import { portableEngine } from "../../../engines/portable/mod.ts";
import { DocumentError, EngineError, EvaluationError } from "../../../core/errors.ts";

const encoder = new TextEncoder();

function compile(document: Uint8Array | string | object, namespace = "default"): Promise<CompiledState> {
  const compilation = portableEngine().compile("document", namespace);
  if (document instanceof Uint8Array) compilation.write(document);
  else compilation.write(encoder.encode(typeof document === "string" ? document : JSON.stringify(document)));
  return compilation.finish();
}

function shop(version: 1 | 2): Uint8Array {
  return readFileSync(new URL(`../../fixtures/shop/v${version}.json`, import.meta.url));
}

async function refusal(document: Uint8Array | string | object): Promise<string> {
  const error = await compile(document).then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof DocumentError, "the document was taken");
  assert.match(error.message, /the flag state stays as it was/);
  return error.message;
}

/** A document that has every member there is. */
function fullDocument(): Json {
  const constraint = {
    type: "STRING_CONSTRAINT_COMPARISON_TYPE",
    property: "plan",
    operator: "eq",
    value: "pro",
  };
  const segment = { key: "s", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint] };
  // Text and back, so that no object is there twice.
  return JSON.parse(JSON.stringify({
    namespace: { key: "default", name: "Default" },
    flags: [{
      key: "v",
      name: "a flag",
      type: "VARIANT_FLAG_TYPE",
      description: "a variant flag",
      enabled: true,
      rules: [{
        segments: [segment],
        segmentOperator: "OR_SEGMENT_OPERATOR",
        distributions: [{ variantKey: "a", rollout: 50, variantAttachment: "{}" }, {
          variantKey: "b",
          rollout: 50,
        }],
      }],
      rollouts: [
        { description: "some", threshold: { percentage: 50, value: true } },
        { segment: { segmentOperator: "OR_SEGMENT_OPERATOR", value: true, segments: [segment] } },
      ],
      defaultVariant: { id: "id", key: "default", attachment: "null" },
    }],
    digest: "0123",
  }));
}

type Json = { [member: string]: unknown };

/** Every member that counts: its path, its JSON type, and whether it may be absent. */
const MEMBERS: readonly (readonly [path: string, type: string, optional?: "optional"])[] = [
  ["namespace", "object"],
  ["namespace.key", "string"],
  ["namespace.name", "string", "optional"],
  ["flags", "list"],
  ["flags[0].key", "string"],
  ["flags[0].name", "string"],
  ["flags[0].type", "string", "optional"],
  ["flags[0].description", "string", "optional"],
  ["flags[0].enabled", "boolean"],
  ["flags[0].rules", "list", "optional"],
  ["flags[0].rules[0].segments", "list", "optional"],
  ["flags[0].rules[0].segments[0].key", "string"],
  ["flags[0].rules[0].segments[0].matchType", "string"],
  ["flags[0].rules[0].segments[0].constraints", "list"],
  ["flags[0].rules[0].segments[0].constraints[0].type", "string"],
  ["flags[0].rules[0].segments[0].constraints[0].property", "string"],
  ["flags[0].rules[0].segments[0].constraints[0].operator", "string"],
  ["flags[0].rules[0].segments[0].constraints[0].value", "string"],
  ["flags[0].rules[0].segmentOperator", "string"],
  ["flags[0].rules[0].distributions", "list"],
  ["flags[0].rules[0].distributions[1].variantKey", "string"],
  ["flags[0].rules[0].distributions[1].rollout", "number"],
  ["flags[0].rules[0].distributions[0].variantAttachment", "string", "optional"],
  ["flags[0].rollouts", "list", "optional"],
  ["flags[0].rollouts[0].description", "string", "optional"],
  ["flags[0].rollouts[0].threshold", "object", "optional"],
  ["flags[0].rollouts[0].threshold.percentage", "number"],
  ["flags[0].rollouts[0].threshold.value", "boolean"],
  ["flags[0].rollouts[1].segment", "object", "optional"],
  ["flags[0].rollouts[1].segment.segmentOperator", "string", "optional"],
  ["flags[0].rollouts[1].segment.value", "boolean"],
  ["flags[0].rollouts[1].segment.segments", "list"],
  ["flags[0].rollouts[1].segment.segments[0].key", "string"],
  ["flags[0].defaultVariant", "object", "optional"],
  ["flags[0].defaultVariant.id", "string"],
  ["flags[0].defaultVariant.key", "string"],
  ["flags[0].defaultVariant.attachment", "string", "optional"],
];

const VALUES: Readonly<Record<string, unknown>> = {
  string: "text",
  number: 5,
  boolean: true,
  list: [],
  object: {},
};

/** The full document with one member replaced; `undefined` leaves it out. */
function withMember(path: string, value: unknown): Json {
  const document = fullDocument();
  const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
  const last = steps.pop() ?? "";
  let target = document;
  for (const step of steps) target = target[step] as Json;
  target[last] = value;
  return document;
}

test("the shop of a v1 server and that of a v2 server give the same answers", async () => {
  const [v1, v2] = [await compile(shop(1), "shop"), await compile(shop(2), "shop")];
  const flags = v2.listFlags();
  const keys = flags.map(({ key }) => key).sort();
  assert.deepEqual(v1.listFlags().map(({ key }) => key).sort(), keys);
  assert.ok(keys.length > 3);
  const contexts = [{}, { plan: "pro" }, { country: "DE", plan: "enterprise", beta: "true" }, { age: "30" }];
  let matches = 0;
  for (const { key, type } of flags) {
    for (const context of contexts) {
      for (let i = 0; i < 50; i++) {
        const [first, second] = [v1, v2].map((state) => {
          const answer = type === "BOOLEAN_FLAG_TYPE"
            ? state.evaluateBoolean(key, `user-${i}`, context)
            : state.evaluateVariant(key, `user-${i}`, context);
          // A v1 server writes the JSON of an attachment anew.
          const attachment = "variantAttachment" in answer ? answer.variantAttachment : undefined;
          return { ...answer, timestamp: "", variantAttachment: attachment && JSON.parse(attachment) };
        });
        assert.deepEqual(first, second);
        if (first?.reason === "MATCH_EVALUATION_REASON") matches++;
      }
    }
  }
  assert.ok(matches > 100, `${matches} matches`);
  assert.equal(v1.digest, undefined);
  assert.match(v2.digest ?? "", /^[0-9a-f]{40}$/);
});

test("a member that has to be there is missed by its path, and so is one of another type", async () => {
  await compile(fullDocument());
  for (const [path, type, optional] of MEMBERS) {
    if (optional) {
      await compile(withMember(path, undefined));
      await compile(withMember(path, null));
    } else {
      assert.ok((await refusal(withMember(path, undefined))).includes(`${path} is missing`), path);
      assert.ok((await refusal(withMember(path, null))).includes(`${path} must be`), path);
    }
    for (const [other, value] of Object.entries(VALUES)) {
      if (other === type) continue;
      const message = await refusal(withMember(path, value));
      assert.ok(message.includes(`${path} must be a`), `${path} as a ${other}: ${message}`);
    }
  }
  assert.match(
    await refusal(withMember("flags[0].rules[0].distributions[1].rollout", "50")),
    /flags\[0\]\.rules\[0\]\.distributions\[1\]\.rollout must be a number, not a string/,
  );
  for (const list of ["flags", "flags[0].rules", "flags[0].rollouts", "flags[0].rules[0].distributions"]) {
    assert.match(await refusal(withMember(list, [null])), /\[0\] must be an object, not null/);
  }
});

test("members that no one knows may hold anything", async () => {
  const odd = `{"createdAt":1e999,"ids":[[[]]],"\\u0000":"\\ud800","__proto__":5,"constructor":null,"`;
  const text = JSON.stringify(fullDocument()).replaceAll('{"', odd);
  const state = await compile(text);
  assert.equal(state.evaluateVariant("v", "e", { plan: "pro" }).match, true);
});

test("a digest that is not text is none", async () => {
  assert.equal((await compile(fullDocument())).digest, "0123");
  for (const digest of [5, null, {}, ["0123"]]) {
    assert.equal((await compile({ ...fullDocument(), digest })).digest, undefined);
  }
});

test("bytes that are not JSON in UTF-8 are refused", async () => {
  const text = JSON.stringify(fullDocument());
  const bytes = encoder.encode(text);
  for (let length = 0; length < bytes.length; length++) await refusal(bytes.subarray(0, length));
  for (const document of ["\ufeff" + text, text + "x", text + "\0", "null", "5", "[]", "{}", '"text"']) {
    await refusal(document);
  }
  assert.match(await refusal(Uint8Array.of(0x22, 0xff, 0x22)), /not UTF-8/);
  await compile(` \n${text}\r\n\t `);
});

test("numbers have to be finite, and may be beyond 32 bits", async () => {
  const text = JSON.stringify(fullDocument());
  for (const number of ["1e999", "-1e999"]) {
    for (const member of ['"rollout":50', '"percentage":50']) {
      const changed = text.replace(member, member.replace("50", number));
      assert.match(await refusal(changed), /must be a finite number/);
    }
  }
  for (const number of ["1e39", "-1e39", "123456789012345678901234567890", "1e-400", "-0"]) {
    await compile(text.replace('"rollout":50', `"rollout":${number}`));
  }
});

test("text with a lone surrogate is refused where it counts, pairs and NULs are not", async () => {
  const text = JSON.stringify(fullDocument());
  for (const escape of ["\\ud800", "\\uDFFF", "\\ude00\\ud83d"]) {
    assert.match(
      await refusal(text.replace("a variant flag", escape)),
      /description must be text without lone surrog/,
    );
  }
  await compile(text.replace("a variant flag", "\\ud83d\\ude00 \\u0000"));
});

test("nesting does not overflow the stack", async () => {
  const nested = (depth: number): string =>
    JSON.stringify(fullDocument()).replace("{", `{"ignored":${"[".repeat(depth)}${"]".repeat(depth)},`);
  await compile(nested(1000));
  // A runtime may refuse to go as deep as this, in order.
  await compile(nested(200_000)).catch((error) => assert.ok(error instanceof DocumentError));
});

test("a hundred thousand flags load, and each is found", async () => {
  const [flag] = fullDocument().flags as Json[];
  const flags = Array.from({ length: 100_000 }, (_, i) => ({ ...flag, key: `flag-${i}` }));
  const state = await compile({ namespace: { key: "default" }, flags });
  assert.equal(state.listFlags().length, 100_000);
  for (const i of [0, 1, 50_000, 99_999]) {
    assert.equal(state.evaluateVariant(`flag-${i}`, "e", { plan: "pro" }).match, true);
  }
  assert.throws(() => state.evaluateVariant("flag-100000", "e", {}), EvaluationError);
});

test("a document of another namespace holds no flag of this one", async () => {
  const state = await compile(fullDocument(), "other");
  assert.deepEqual(state.listFlags(), []);
  assert.equal(state.evaluate("v", "e", {}), undefined);
  assert.throws(() => state.evaluateVariant("v", "e", {}), {
    message: "invalid request: failed to get flag information other/v",
  });
});

test("chunks are copied when they are written, wherever they are cut", async () => {
  const bytes = encoder.encode(JSON.stringify({ ...fullDocument(), digest: "größe 😀" }));
  for (const size of [1, 7, 1000]) {
    const compilation = portableEngine().compile("document", "default");
    for (let i = 0; i < bytes.length; i += size) {
      const chunk = Buffer.from(bytes.subarray(i, i + size));
      compilation.write(chunk);
      chunk.fill(0);
    }
    assert.equal((await compilation.finish()).digest, "größe 😀");
  }
});

test("an aborted compilation gives no state", async () => {
  const compilation = portableEngine().compile("document", "default");
  compilation.write(encoder.encode(JSON.stringify(fullDocument())));
  const finished = compilation.finish();
  compilation.abort();
  compilation.abort();
  await assert.rejects(finished, (error) => error instanceof EngineError && /aborted/.test(error.message));

  const other = portableEngine().compile("document", "default");
  other.abort();
  other.write(encoder.encode("{}"));
  await assert.rejects(other.finish(), EngineError);
});

test("a state that was released answers nothing any more", async () => {
  const state = await compile(fullDocument());
  assert.equal(state.evaluateVariant("v", "e", {}).match, false);
  state.release();
  state.release();
  for (
    const use of [
      () => state.evaluateVariant("v", "e", {}),
      () => state.evaluateBoolean("v", "e", {}),
      () => state.listFlags(),
      () => state.snapshot(),
    ]
  ) assert.throws(use, (error) => error instanceof EvaluationError && /closed/.test(error.message));
});

test("an answer is a plain object with its members in order, and an attachment only where there is one", async () => {
  const [flag] = fullDocument().flags as Json[];
  const state = await compile({
    namespace: { key: "default" },
    flags: [flag, { key: "bare", name: "bare", enabled: true }, {
      key: "b",
      name: "b",
      enabled: true,
      type: "BOOLEAN_FLAG_TYPE",
    }],
  });
  const before = Date.now();
  const answer = state.evaluateVariant("v", "e", {});
  assert.deepEqual({ ...answer, timestamp: "" }, {
    match: false,
    segmentKeys: [],
    reason: "DEFAULT_EVALUATION_REASON",
    flagKey: "v",
    variantKey: "default",
    variantAttachment: "null",
    requestDurationMillis: 0,
    timestamp: "",
  });
  assert.equal(answer.timestamp, new Date(answer.timestamp).toISOString());
  assert.ok(Date.parse(answer.timestamp) >= before && Date.parse(answer.timestamp) <= Date.now());
  const order = ["match", "segmentKeys", "reason", "flagKey", "variantKey"];
  assert.deepEqual(Object.keys(answer), [
    ...order,
    "variantAttachment",
    "requestDurationMillis",
    "timestamp",
  ]);
  assert.equal(Object.getPrototypeOf(answer), Object.prototype);
  assert.deepEqual(Object.keys(state.evaluateVariant("bare", "e", {})), [
    ...order,
    "requestDurationMillis",
    "timestamp",
  ]);
  assert.deepEqual(Object.keys(state.evaluateBoolean("b", "e", {})), [
    "enabled",
    "flagKey",
    "reason",
    "requestDurationMillis",
    "timestamp",
    "segmentKeys",
  ]);
});

test("what a caller does to an answer or a list of flags changes no other", async () => {
  const state = await compile(fullDocument());
  const context = { plan: "pro" };
  state.evaluateVariant("v", "e", context).segmentKeys.push("mine");
  assert.deepEqual(state.evaluateVariant("v", "e", context).segmentKeys, ["s"]);
  state.evaluateVariant("v", "e", {}).segmentKeys.push("mine");
  assert.deepEqual(state.evaluateVariant("v", "e", {}).segmentKeys, []);
  for (const flag of state.listFlags()) flag.key = "mine";
  assert.deepEqual(state.listFlags(), [{
    key: "v",
    enabled: true,
    type: "VARIANT_FLAG_TYPE",
    description: "a variant flag",
    defaultVariant: { id: "id", key: "default", attachment: "null" },
  }]);
});

test("a context that evaluates while it is read disturbs no evaluation", async () => {
  const state = await compile(fullDocument());
  const inner: boolean[] = [];
  const context = {
    get plan(): string {
      inner.push(state.evaluateVariant("v", "e", { plan: "free" }).match);
      return "pro";
    },
  };
  assert.equal(state.evaluateVariant("v", "e", context).match, true);
  assert.deepEqual(inner, [false]);
});

test("each evaluation reads its own context", async () => {
  const state = await compile(fullDocument());
  const answers = [{ plan: "pro" }, {}, { plan: "free" }, { plan: "pro" }].map((context) =>
    state.evaluateVariant("v", "e", context).match
  );
  assert.deepEqual(answers, [true, false, false, true]);
});

test("a flag of thousands of constraints says how long it took", async () => {
  const document = fullDocument();
  const [flag] = document.flags as Json[];
  const constraint = {
    type: "STRING_CONSTRAINT_COMPARISON_TYPE",
    property: "p",
    operator: "contains",
    value: "b",
  };
  const segment = {
    key: "s",
    matchType: "ANY_SEGMENT_MATCH_TYPE",
    constraints: Array.from({ length: 5000 }, () => constraint),
  };
  const rule = { segments: [segment], segmentOperator: "OR_SEGMENT_OPERATOR", distributions: [] };
  const state = await compile({ ...document, flags: [{ ...flag, rules: [rule] }] });
  const context = {
    get p(): string {
      for (const start = Date.now(); Date.now() < start + 2;);
      return "a";
    },
  };
  const { match, requestDurationMillis } = state.evaluateVariant("v", "e", context);
  assert.equal(match, false);
  assert.ok(
    requestDurationMillis >= 2 && Number.isInteger(requestDurationMillis),
    `${requestDurationMillis} ms`,
  );
});

test("the engine says which it is, and why when it is told", () => {
  assert.deepEqual(portableEngine().info, { kind: "portable" });
  assert.deepEqual(portableEngine("no permission").info, { kind: "portable", reason: "no permission" });
});
