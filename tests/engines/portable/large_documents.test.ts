// Large documents in TypeScript: parsed piece by piece with the same outcome, bounded in memory, and stopped when nobody
// waits any more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError, EngineError } from "../../../core/errors.ts";
import { type FlagDocument, LARGE_BYTES } from "../../../engines/document.ts";
import { parseDocument } from "../../../engines/document_parsing.ts";
import { documentSteps, parseBounded } from "../../../engines/large.ts";
import { FLAG_LIMITS } from "../../../engines/limits.ts";
import { Constraints } from "../../../engines/portable/constraint.ts";
import { portableEngine } from "../../../engines/portable/mod.ts";
import { encodeSnapshot } from "../../../engines/snapshot.ts";
import { decodeSnapshot } from "../../../engines/snapshot_reading.ts";
import { constantOf, crateSource } from "../../support/crate_source.ts";

const encoder = new TextEncoder();

/** Strings that look like structure, or end in backslashes. */
const TRICKY = [
  '"',
  "\\",
  '\\"',
  "],[",
  '"flags":[',
  "}{",
  "\u{1f6a9}",
  "\u0000",
  '{"a":[1,2]}',
  "x".repeat(100) + "\\",
];

function flagOf(n: number): Record<string, unknown> {
  const text = TRICKY[n % TRICKY.length] as string;
  return {
    key: `flag-${n}`,
    name: text,
    enabled: n % 3 === 0,
    description: `${text}${text}`,
    rules: [{
      segments: [{ key: text, matchType: "", constraints: [] }],
      segmentOperator: "",
      distributions: [{ variantKey: text, rollout: 1 }],
    }],
  };
}

function documentText(count: number, more: Record<string, unknown> = {}): string {
  const flags = Array.from({ length: count }, (_, n) => flagOf(n));
  return JSON.stringify(
    { before: { flags: [1, [2]] }, namespace: { key: "shop" }, flags, ...more },
    null,
    count % 3,
  );
}

/** How many flags make a document large. */
const MANY = 5_000;

function outcomeOf(parse: () => unknown): { value: unknown } | { error: string } {
  try {
    return { value: parse() };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

test("a large document is parsed in many steps, to what JSON.parse makes of it", () => {
  for (const more of [{}, { digest: "d" }, { after: [[]], digest: 5 }]) {
    for (const count of [MANY, MANY + 1]) {
      const text = documentText(count, more);
      const bytes = encoder.encode(text);
      assert.ok(bytes.length > LARGE_BYTES);
      const steps = documentSteps(bytes);
      let taken = 0;
      let step = steps.next();
      for (; !step.done; step = steps.next()) taken++;
      assert.ok(taken >= 4, `${taken} steps`);
      assert.deepEqual(step.value, JSON.parse(text));
    }
  }
});

test("members named flags anywhere, and of any spelling, mean what they mean to JSON.parse", () => {
  const flags = documentText(MANY).slice(1, -1);
  for (
    const text of [
      `{${flags},"flags":[]}`,
      `{"flags":[],${flags}}`,
      `{${flags},"fl\\u0061gs":[]}`,
      `{"fl\\u0061gs":[],${flags}}`,
      `{${flags},"x":{"flags":[3]},"y":["flags",["flags"],{"z":"flags"}]}`,
      ` \n{${flags}} \t`,
    ]
  ) {
    assert.deepEqual(parseBounded(encoder.encode(text)), JSON.parse(text));
  }
});

test("megabytes of white space around a document, or in it, are looked at in steps and not parsed", () => {
  const blanks = " \t\r\n".repeat(5_000_000);
  const content = '"namespace":{"key":"shop"},"flags":[{"key":"a","name":"","enabled":true}]';
  for (const text of [`${blanks}{${content}}`, `{${content}}${blanks}`]) {
    assert.ok(text.length > 1 << 24);
    const steps = documentSteps(encoder.encode(text));
    let taken = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) taken++;
    assert.ok(taken >= 30, `${taken} steps`);
    assert.deepEqual(step.value, JSON.parse(`{${content}}`));
  }
});

test("a large document that is damaged is refused exactly where JSON.parse refuses it", () => {
  const whole = encoder.encode(documentText(MANY));
  let seed = 20_261_129;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed % below;
  };
  const pieces = encoder.encode('"{}[],:\\0 ');
  let refused = 0;
  for (let turn = 0; turn < 40; turn++) {
    const bytes = new Uint8Array(whole);
    const at = random(bytes.length);
    bytes[at] = pieces[random(pieces.length)] as number;
    const damaged = turn % 4 === 0 ? bytes.subarray(0, at) : bytes;
    const expected = outcomeOf(() => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(damaged)));
    const actual = outcomeOf(() => parseBounded(damaged));
    if ("value" in actual) {
      assert.ok("value" in expected, `byte ${at}, turn ${turn}`);
      assert.deepEqual(actual.value, expected.value);
    } else {
      refused++;
      const isShape = !/that are not JSON/.test(actual.error) && / must be | is missing/.test(actual.error);
      assert.equal("value" in expected, isShape, `byte ${at}, turn ${turn}: ${actual.error}`);
    }
  }
  assert.ok(refused > 15);
});

test("commas without flags between them are refused wherever pieces are cut", () => {
  const blank = " ".repeat(LARGE_BYTES);
  for (const list of [`${blank},{}`, `{"key":"a","name":"","enabled":true},${blank}`, `,${blank}`]) {
    const text = `{"namespace":{"key":"shop"},"flags":[${list}]}`;
    assert.throws(() => parseBounded(encoder.encode(text)), DocumentError);
  }
  assert.deepEqual(
    parseBounded(encoder.encode(`{"namespace":{"key":"shop"},"flags":[${blank}]}`)).flags,
    [],
  );
});

test("the path of what is wrong in a large document says which flag it is", () => {
  const text = documentText(MANY, {}).replace(/"key": ?"flag-4000"/, '"key":4000');
  assert.throws(
    () => parseBounded(encoder.encode(text)),
    /flags\[4000\]\.key must be a string, not a number/,
  );
});

test("the event loop has its turns while a large document compiles, and an abort in one of them ends it", async () => {
  const bytes = encoder.encode(documentText(MANY * 4));
  const turnsOf = async (onTurn: (turns: number) => void): Promise<number> => {
    const compilation = portableEngine().compile("document", "shop");
    compilation.write(bytes);
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      if (isOver) return;
      onTurn(++turns);
      setTimeout(count, 0);
    };
    setTimeout(count, 0);
    const abortAt = (): void => compilation.abort();
    aborts.push(abortAt);
    try {
      (await compilation.finish()).release();
    } finally {
      isOver = true;
    }
    return turns;
  };
  const aborts: (() => void)[] = [];
  assert.ok(await turnsOf(() => {}) >= 2);
  await assert.rejects(turnsOf((turns) => turns === 1 && aborts.at(-1)?.()), EngineError);
});

test("a document or snapshot that expands to many times its bytes is refused before it is parsed", async () => {
  const compiled = async (format: "document" | "snapshot", bytes: Uint8Array): Promise<void> => {
    const compilation = portableEngine().compile(format, "shop");
    compilation.write(bytes);
    (await compilation.finish()).release();
  };
  const many = (piece: string): string => Array.from({ length: 1_000_000 }, () => piece).join(",");
  for (const piece of ["{}", "[]", "[[]]"]) {
    const flag = `{"key":"a","name":"","enabled":true,"rollouts":[${many(piece)}]}`;
    const text = `{"namespace":{"key":"shop"},"flags":[${flag}]}`;
    await assert.rejects(compiled("document", encoder.encode(text)), /expands to many times its \d+ bytes/);
  }
  const text = btoa(`{"version":1,"x":[${many("{}")}]}`);
  await assert.rejects(compiled("snapshot", encoder.encode(text)), /expands to many times its \d+ bytes/);
  // Brackets in strings are no lists.
  const attachment = "[{".repeat(1_000_000);
  const variant = { id: "", key: "", attachment };
  const flags = [{ key: "a", name: "", enabled: true, defaultVariant: variant }];
  await compiled("document", encoder.encode(JSON.stringify({ namespace: { key: "shop" }, flags })));
});

test("a flag may have as many of everything as in the crate, and no more, in documents and snapshots", () => {
  const source = crateSource("limits.rs");
  const segment = { key: "", matchType: "", constraints: [] };
  const rule = { segmentOperator: "", segments: [], distributions: [] };
  const constraint = { type: "", property: "", operator: "", value: "" };
  const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
  const flags: Record<keyof typeof FLAG_LIMITS, (count: number) => Record<string, unknown>> = {
    rules: (count) => ({ rules: times(count, rule) }),
    rollouts: (count) => ({ rollouts: times(count, { threshold: { percentage: 1, value: true } }) }),
    segments: (count) => ({ rules: [{ ...rule, segments: times(count, segment) }] }),
    constraints: (count) => ({
      rollouts: [{
        segment: { value: true, segments: [{ ...segment, constraints: times(count - 1, constraint) }] },
      }],
      rules: [{ ...rule, segments: [{ ...segment, constraints: [constraint] }] }],
    }),
    distributions: (count) => ({
      rules: [{ ...rule, distributions: times(count, { variantKey: "", rollout: 1 }) }],
    }),
  };
  for (const [name, most] of Object.entries(FLAG_LIMITS) as [keyof typeof FLAG_LIMITS, number][]) {
    assert.equal(constantOf(source, `MAX_${name.toUpperCase()}`), most);
    const bytes = (count: number): Uint8Array => {
      const flag = { key: "a", name: "", enabled: true, ...flags[name](count) };
      return encoder.encode(JSON.stringify({ namespace: { key: "shop" }, flags: [flag] }));
    };
    assert.equal(parseBounded(bytes(most)).flags.length, 1);
    const message = most === FLAG_LIMITS.rules
      ? `flags\\[0\\]\\.${name} must be a list of at most ${most}, not a list`
      : `a flag has more than ${most} ${name}: "a"`;
    assert.throws(() => parseBounded(bytes(most + 1)), new RegExp(message));
    if (most === FLAG_LIMITS.rules) assert.throws(() => parseDocument(bytes(most + 1)), new RegExp(message));
  }
  const flag = { key: "a", name: "", enabled: true, ...flags.rules(FLAG_LIMITS.rules + 1) };
  const snapshot = encodeSnapshot({ namespace: { key: "shop" }, flags: [flag] } as FlagDocument, "shop");
  assert.throws(
    () => decodeSnapshot(snapshot, "shop"),
    /namespace\.eval_rules\.a must be a list of at most 10000, not a list/,
  );
});

test("constraints that say nearly the same are told apart without a look at all of them", () => {
  const constraints = new Constraints();
  let reads = 0;
  const COUNT = 3_000;
  for (let turn = 0; turn < 2; turn++) {
    for (let n = 0; n < COUNT; n++) {
      const constraint = constraints.of({
        get type() {
          reads++;
          return "STRING_CONSTRAINT_COMPARISON_TYPE";
        },
        property: `p${n}`,
        operator: "eq",
        value: "the same",
      });
      assert.equal(constraint?.id, n);
    }
  }
  assert.ok(reads < COUNT * 10, `${reads} reads`);
});

test("no two constraints are taken for one, however their parts are cut", () => {
  const constraints = new Constraints();
  const type = "STRING_CONSTRAINT_COMPARISON_TYPE";
  const one = constraints.of({ type, operator: "eq", property: "a b", value: "v" });
  assert.notEqual(constraints.of({ type, operator: "eqa", property: " b", value: "v" })?.id, one?.id);
  assert.equal(constraints.of({ type: `${type}eq`, operator: "a ", property: "b", value: "v" }), undefined);
});
