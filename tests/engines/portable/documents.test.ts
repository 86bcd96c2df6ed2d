// Which documents the portable engine takes, and what it says of the others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError, EvaluationError } from "../../../core/errors.ts";
import type { Json } from "../../support/portable.ts";
import { compile, fullDocument } from "../../support/portable.ts";

const encoder = new TextEncoder();

async function refusal(document: Uint8Array | string | object): Promise<string> {
  const error = await compile(document).then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof DocumentError, "the document was taken");
  assert.match(error.message, /the flag state stays as it was/);
  return error.message;
}

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
  for (
    const document of ["\ufeff\ufeff" + text, text + "x", text + "\0", "null", "5", "[]", "{}", '"text"']
  ) {
    await refusal(document);
  }
  assert.match(await refusal(Uint8Array.of(0x22, 0xff, 0x22)), /not UTF-8/);
  const damaged = bytes.slice();
  damaged[text.indexOf("a variant flag")] = 0xff;
  assert.match(await refusal(damaged), /not UTF-8/);
  await compile(` \n${text}\r\n\t `);
  await compile("\ufeff" + text);
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
