// The document exactly as a server makes it: how it writes lists, attachments, numbers and percentages, and what it keeps of
// namespaces in several documents.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FliptClient } from "../../mod.ts";
import { documentFromFeatures, fileSource, readDocument, readDocuments } from "../../file/mod.ts";
import type { DocumentFlag, FeaturesFormat, FlagDocument } from "../../file/mod.ts";

const root = mkdtempSync(join(tmpdir(), "flipt-server-document-"));
after(() => rmSync(root, { recursive: true, force: true }));

function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/features/${name}`, import.meta.url), "utf8");
}

function file(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}

/** A file whose only flag has an attachment, given as the text after `attachment:`. */
function withAttachment(attachment: string): string {
  return `
flags:
  - key: a
    name: A
    variants: [{ "key": "x", "default": true, "attachment": ${attachment} }]
    rules: [{ segment: s, distributions: [{ variant: x, rollout: 100 }] }]
segments: [{ key: s, name: S, match_type: ANY_MATCH_TYPE }]
`;
}

/** The same as JSON. */
function jsonAttachment(attachment: string): string {
  return `{ "flags": [{ "key": "a", "name": "A",
    "variants": [{ "key": "x", "default": true, "attachment": ${attachment} }],
    "rules": [{ "segment": "s", "distributions": [{ "variant": "x", "rollout": 100 }] }] }],
    "segments": [{ "key": "s", "name": "S", "match_type": "ANY_MATCH_TYPE" }] }`;
}

/** The attachment of the default variant, and of the distribution. */
async function attachments(text: string, format: FeaturesFormat): Promise<(string | null | undefined)[]> {
  const [flag] = (await documentFromFeatures(text, { format })).flags;
  return [flag?.defaultVariant?.attachment, flag?.rules?.[0]?.distributions[0]?.variantAttachment];
}

/** The values of the constraints of the first segment of a rule. */
async function listValues(
  items: string,
  type: "STRING" | "NUMBER",
  format: FeaturesFormat = "yaml",
): Promise<string[]> {
  const value =
    `{ "type": "${type}_COMPARISON_TYPE", "property": "p", "operator": "isoneof", "value": ${items} }`;
  const segment = `{ "key": "s", "name": "S", "match_type": "ANY_MATCH_TYPE", "constraints": [${value}] }`;
  const flag = '{ "key": "a", "name": "A", "rules": [{ "segment": "s" }] }';
  const document = await documentFromFeatures(`{ "flags": [${flag}], "segments": [${segment}] }`, { format });
  return document.flags[0]?.rules?.[0]?.segments?.[0]?.constraints.map((constraint) => constraint.value) ??
    [];
}

test("a list of texts is escaped as servers escape it", async () => {
  const document = await documentFromFeatures(fixture("yaml_list_escaped.yml"), { namespace: "shop" });
  const [constraint] = document.flags[0]?.rules?.[0]?.segments?.[0]?.constraints ?? [];
  assert.equal(constraint?.value, String.raw`["R\u0026D","sales"]`);
  const cases: readonly [items: string, sent: string][] = [
    [`["<a>", "b&c"]`, String.raw`["\u003ca\u003e","b\u0026c"]`],
    [String.raw`["\u2028", "\u2029", "\u2027"]`, '["\\u2028","\\u2029","\u2027"]'],
    [String.raw`["\"", "\\", "/", "\n\t\u0001"]`, String.raw`["\"","\\","/","\n\t\u0001"]`],
    ['["é", "😀", ""]', '["é","😀",""]'],
    ["[]", "[]"],
  ];
  for (const [items, sent] of cases) {
    for (const format of ["yaml", "json"] as const) {
      assert.deepEqual(await listValues(items, "STRING", format), [sent], format);
    }
  }
});

test("a list as JSON in a text, before version 1.6, is sent as it is", async () => {
  const text = fixture("yaml_list_escaped.yml").replace('"1.6"', '"1.5"').replace(
    '["R&D", sales]',
    `'["R&D",  "sales"]'`,
  );
  const warnings: unknown[] = [];
  const document = await documentFromFeatures(text, {
    namespace: "shop",
    onWarning: (warning) => warnings.push(warning),
  });
  assert.equal(document.flags[0]?.rules?.[0]?.segments?.[0]?.constraints[0]?.value, '["R&D",  "sales"]');
  assert.deepEqual(warnings, []);
});

test("a list of numbers has integers digit by digit, and floats as Go writes them", async () => {
  const cases: readonly [items: string, yaml: string, json: string | undefined][] = [
    ["[1, -2, 2.0, 2.50, 1e3]", "[1,-2,2,2.5,1000]", "[1,-2,2,2.5,1000]"],
    ["[9007199254740993]", "[9007199254740993]", "[9007199254740992]"],
    ["[9223372036854775807, -9223372036854775808]", "[9223372036854775807,-9223372036854775808]", undefined],
    ["[-0, -0.0]", "[0,-0]", "[-0,-0]"],
    ["[1e21, 1e-7]", "[1e+21,1e-7]", "[1e+21,1e-7]"],
    ["[+5, 017, 0x1F, 0o17, 0b11, 1_000, .5]", "[5,15,31,15,3,1000,0.5]", undefined],
  ];
  for (const [items, yaml, json] of cases) {
    assert.deepEqual(await listValues(items, "NUMBER"), [yaml]);
    if (json !== undefined) assert.deepEqual(await listValues(items, "NUMBER", "json"), [json]);
  }
});

test("the attachment of a default variant is escaped and exact, that of a distribution neither", async () => {
  const cases: readonly [attachment: string, yaml: readonly string[], json: readonly string[]][] = [
    [
      '{ "b": "<R&D>", "a": [1, null, true] }',
      [String.raw`{"a":[1,null,true],"b":"\u003cR\u0026D\u003e"}`, '{"a":[1,null,true],"b":"<R&D>"}'],
      [String.raw`{"a":[1,null,true],"b":"\u003cR\u0026D\u003e"}`, '{"a":[1,null,true],"b":"<R&D>"}'],
    ],
    [
      '{ "&": 9007199254740993 }',
      [String.raw`{"\u0026":9007199254740993}`, '{"&":9007199254740992}'],
      [String.raw`{"\u0026":9007199254740992}`, '{"&":9007199254740992}'],
    ],
    ["[18446744073709551615]", ["[18446744073709551615]", "[18446744073709552000]"], [
      "[18446744073709552000]",
      "[18446744073709552000]",
    ]],
    ["[99999999999999999999, 1e21]", ["[100000000000000000000,1e+21]", "[100000000000000000000,1e+21]"], [
      "[100000000000000000000,1e+21]",
      "[100000000000000000000,1e+21]",
    ]],
    ["[-0.0, -0]", ["[-0,0]", "[-0,0]"], ["[-0,-0]", "[-0,-0]"]],
    ["[1.0, 2.50]", ["[1,2.5]", "[1,2.5]"], ["[1,2.5]", "[1,2.5]"]],
    [
      '{ "\ud83d\ude00": 1, "\ufffd": 2, "z": 3 }',
      ['{"z":3,"\ufffd":2,"😀":1}', '{"z":3,"\ufffd":2,"😀":1}'],
      [
        '{"z":3,"\ufffd":2,"😀":1}',
        '{"z":3,"\ufffd":2,"😀":1}',
      ],
    ],
  ];
  for (const [attachment, yaml, json] of cases) {
    assert.deepEqual(await attachments(withAttachment(attachment), "yaml"), yaml);
    assert.deepEqual(await attachments(jsonAttachment(attachment), "json"), json);
  }
  assert.deepEqual(await attachments(withAttachment("[1_000, 017, 0b11, !!str 1_0, yes, 1e400]"), "yaml"), [
    '[1000,15,3,"1_0","yes","1e400"]',
    '[1000,15,3,"1_0","yes","1e400"]',
  ]);
});

test("percentages are 32-bit floats", async () => {
  const text = `
flags:
  - key: a
    name: A
    type: BOOLEAN_FLAG_TYPE
    rollouts:
${
    [33.333333333, 0.1, 66.6666666, 100, 12.3456789, -1].map((percentage) =>
      `      - threshold: { percentage: ${percentage}, value: true }\n`
    ).join("")
  }  - key: b
    name: B
    variants: [{ key: x }]
    rules: [{ segment: s, distributions: [{ variant: x, rollout: 33.333333333 }] }]
segments: [{ key: s, name: S, match_type: ANY_MATCH_TYPE }]
`;
  const { flags } = await documentFromFeatures(text);
  assert.deepEqual(flags[0]?.rollouts?.map(({ threshold }) => threshold?.percentage), [
    33.333332,
    0.1,
    66.666664,
    100,
    12.345679,
    -1,
  ]);
  assert.equal(flags[1]?.rules?.[0]?.distributions[0]?.rollout, 33.333332);
});

test("a date without quotes is the text that a server makes of it", async () => {
  const cases: readonly [written: string, sent: string][] = [
    ["2026-01-31", "2026-01-31 00:00:00 +0000 UTC"],
    ["2026-1-3", "2026-01-03 00:00:00 +0000 UTC"],
    ["2026-01-31T10:00:00.120Z", "2026-01-31 10:00:00.12 +0000 UTC"],
    ["2026-01-31 10:00:00.5", "2026-01-31 10:00:00.5 +0000 UTC"],
    ["2026-01-31t10:00:00-05:00", "2026-01-31 10:00:00 -0500 -0500"],
    ["2026-01-31T10:00:00", "2026-01-31T10:00:00"],
    ["2026-02-30", "2026-02-30"],
    ['"2026-01-31"', "2026-01-31"],
  ];
  for (const [written, sent] of cases) {
    assert.deepEqual(await listValues(`[${written}]`, "STRING"), [`["${sent}"]`]);
  }
});

test("a boolean flag has its rules and default variant in the document, which say nothing about it", async () => {
  const document = await documentFromFeatures(fixture("boolean_with_rules.yml"), { namespace: "shop" });
  assert.deepEqual(document.flags[0]?.rules?.map(({ segments }) => segments?.map(({ key }) => key)), [[
    "staff",
  ]]);
  const load = (): Promise<string> => Promise.resolve(JSON.stringify(document));
  using client = await FliptClient.init({ source: { load }, namespace: "shop", engine: "portable" });
  const { enabled, reason } = client.evaluateBoolean({
    flagKey: "new-header",
    entityId: "user-1",
    context: {},
  });
  assert.deepEqual([enabled, reason], [true, "DEFAULT_EVALUATION_REASON"]);
});

test("a segment of an earlier document is left out as v2 does, and kept as v1 does", async () => {
  const path = file("earlier.yml", fixture("segment_of_earlier_document.yml"));
  const segmentsOf = ({ flags }: FlagDocument): unknown =>
    flags[0]?.rules?.[0]?.segments?.map(({ key }) => key);
  assert.deepEqual(segmentsOf(await readDocument(path, { namespace: "shop" })), []);
  assert.deepEqual(segmentsOf(await readDocument(path, { namespace: "shop", layout: "v2" })), []);
  assert.deepEqual(segmentsOf(await readDocument(path, { namespace: "shop", layout: "v1" })), ["staff"]);
  const warnings: string[] = [];
  await readDocuments(path, { layout: "v1", onWarning: ({ rule }) => warnings.push(rule) });
  assert.deepEqual(warnings, []);
});

test("with layout v1 all attachments are those of a v1 server, which has one flag of a key", async () => {
  const path = file("v1.yml", withAttachment('["&", 9007199254740993]'));
  const [flag] = (await readDocument(path, { layout: "v1" })).flags;
  assert.equal(
    flag?.rules?.[0]?.distributions[0]?.variantAttachment,
    String.raw`["\u0026",9007199254740993]`,
  );
  const twice = file("twice.yml", fixture("duplicates.yml"));
  const namesOf = (document: FlagDocument): string[] =>
    document.flags.map(({ key, rules }: DocumentFlag) => `${key} ${rules?.length}`);
  assert.deepEqual(namesOf(await readDocument(twice, { namespace: "shop", layout: "v1" })), ["banner 0"]);
  assert.deepEqual(namesOf(await readDocument(twice, { namespace: "shop" })), ["banner 1", "banner 0"]);
});

test("of what is declared twice the one counts that counts for servers", async () => {
  const { flags } = await documentFromFeatures(fixture("duplicates.yml"), { namespace: "shop" });
  assert.equal(flags[0]?.defaultVariant?.key, "b");
  assert.equal(flags[0]?.rules?.[0]?.segments?.[0]?.matchType, "ALL_SEGMENT_MATCH_TYPE");
  assert.deepEqual(flags[0]?.rules?.[0]?.distributions.map(({ rollout }) => rollout), [50, 50]);
});

test("a namespace without a key is of nobody, and the others of its file are there", async () => {
  const path = file("keyless.yml", fixture("namespace_without_key.yml"));
  assert.deepEqual([...await readDocuments(path)].map(([key, { flags }]) => [key, flags.length]), [[
    "default",
    0,
  ]]);
  await assert.rejects(documentFromFeatures("namespace: { name: Shop }\nflags: []\n"), {
    name: "FetchError",
    status: 404,
    message: /in features\.yml, which has no namespace with a key: /,
  });
});

test("a source tells a warning once, and again when it is another or has been away", async () => {
  const path = file("source.yml", "version: 1.4\nflags: []\n");
  const warnings: string[] = [];
  const source = fileSource(path, {
    onWarning: ({ file, line, column, rule }) => warnings.push(`${file === path} ${line}:${column} ${rule}`),
  });
  const { signal } = new AbortController();
  const load = (): Promise<unknown> => source.load({ namespace: "default", signal });
  await load();
  await load();
  assert.deepEqual(warnings, ["true 1:10 unquoted-version"]);
  file("source.yml", "# moved\nversion: 1.4\nflags: []\n");
  await load();
  assert.deepEqual(warnings.splice(0), ["true 1:10 unquoted-version", "true 2:10 unquoted-version"]);
  file("source.yml", 'version: "1.4"\nflags: []\n');
  await load();
  assert.deepEqual(warnings, []);
  file("source.yml", "# moved\nversion: 1.4\nflags: []\n");
  await load();
  assert.deepEqual(warnings, ["true 2:10 unquoted-version"]);
});
