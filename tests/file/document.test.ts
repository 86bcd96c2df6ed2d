// Files in Flipt's declarative format: the documents they become, and everything that can be wrong with them.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { DocumentError, ValidationError } from "../../mod.ts";
import { documentFromFeatures, FeaturesError, readDocument, readDocuments } from "../../file/mod.ts";
import { globPattern } from "../../file/glob.ts";
import type { FeaturesTextOptions, FlagDocument } from "../../file/mod.ts";

const fixtures = new URL("../fixtures/", import.meta.url);
const root = mkdtempSync(join(tmpdir(), "flipt-file-"));
after(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;

/** A new folder with files in it; what ends in a slash is a folder. */
function folder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = join(root, String(++folders));
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

/** A boolean flag, in YAML. */
function yamlFlag(key: string, namespace?: string): string {
  const first = namespace === undefined ? "" : `namespace: ${namespace}\n`;
  return `${first}flags:\n  - key: ${key}\n    name: A flag\n    type: BOOLEAN_FLAG_TYPE\n    enabled: true\n`;
}

function keysOf(document: FlagDocument | undefined): string[] {
  return document?.flags.map(({ key }) => key) ?? [];
}

/** What is left of a server's document without ids, times and the white space in attachments. */
function essence(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => essence(item));
  if (typeof value === "object" && value !== null) {
    const dropped = ["id", "ruleId", "variantId", "createdAt", "updatedAt", "digest"];
    const kept = Object.entries(value).filter(([key]) => !dropped.includes(key));
    return Object.fromEntries(kept.map(([key, member]) => [key, essence(member, key)]));
  }
  const isAttachment = name === "attachment" || name === "variantAttachment";
  return isAttachment && typeof value === "string" ? JSON.stringify(JSON.parse(value)) : value;
}

/** As `essence`, without what only one of the two servers does. */
function sharedEssence(document: { readonly flags: readonly { readonly key: string }[] }): unknown {
  const once = (list: readonly unknown[]): unknown[] => {
    const texts = new Set(list.map((item) => JSON.stringify(item)));
    return [...texts].map((text) => JSON.parse(text));
  };
  const sorted = document.flags.toSorted((a, b) => a.key < b.key ? -1 : 1);
  // v1 repeats rules and distributions of several segments, orders segments as it likes, and sends what people read.
  return JSON.parse(JSON.stringify(essence(sorted)), (name, value) => {
    if (name === "name" || name === "description") return "";
    if (name === "segments") {
      return value.toSorted((a: { key: string }, b: { key: string }) => a.key < b.key ? -1 : 1);
    }
    return name === "rules" || name === "distributions" ? once(value) : value;
  });
}

/** The lines of the error that a text gives. */
async function problemsOf(text: string, options?: FeaturesTextOptions): Promise<string[]> {
  try {
    await documentFromFeatures(text, options);
  } catch (error) {
    assert.ok(error instanceof FeaturesError, String(error));
    assert.ok(error instanceof DocumentError);
    for (const { message } of error.problems) {
      assert.ok(error.problems.length > 20 || error.message.includes(message));
    }
    return error.problems.map(({ line, column, message }) =>
      line === undefined ? message : `${line}:${column} ${message}`
    );
  }
  return [];
}

test("a file becomes the document that Flipt v2 sends for it", async () => {
  const document = await readDocument(new URL("shop/features.yml", fixtures), { namespace: "shop" });
  const sent = JSON.parse(readFileSync(new URL("shop/v2.json", fixtures), "utf8"));
  assert.deepEqual(essence(document), essence(sent));
  assert.match(String(document.digest), /^[\da-f]{40}$/);
});

test("a file becomes what Flipt v1 sends for it, but for what v1 repeats and reorders", async () => {
  const document = await readDocument(new URL("shop/features.yml", fixtures), { namespace: "shop" });
  const sent = JSON.parse(readFileSync(new URL("shop/v1.json", fixtures), "utf8"));
  assert.deepEqual(sharedEssence(document), sharedEssence(sent));
});

test("the same text has the same digest, another text another one", async () => {
  const one = await documentFromFeatures(yamlFlag("a"));
  assert.deepEqual(await documentFromFeatures(`# a comment\n${yamlFlag("a")}`), one);
  assert.notEqual((await documentFromFeatures(yamlFlag("b"))).digest, one.digest);
});

test("JSON is read as YAML is, with the same problems in the same places", async () => {
  const value = {
    version: "1.4",
    namespace: { key: "shop" },
    flags: [{
      key: "a",
      name: 'A \u20ac \\ "',
      enabled: true,
      variants: [{ key: "x", attachment: { b: [1, null] } }],
    }],
  };
  const text = JSON.stringify(value, null, 2);
  const options = { namespace: "shop", file: "flags" };
  assert.deepEqual(
    await documentFromFeatures(text, { ...options, format: "json" }),
    await documentFromFeatures(text, options),
  );
  const wrong = text.replace('"enabled": true', '"enabled": "yes"').replace('"key": "x"', '"kye": "x"');
  const problems = await problemsOf(wrong, { ...options, format: "json" });
  assert.equal(problems.length, 3);
  assert.deepEqual(problems, await problemsOf(wrong, options));
});

test("every version of the format is read, and no other", async () => {
  for (const version of ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]) {
    assert.deepEqual(await problemsOf(`version: "${version}"\n${yamlFlag("a")}`), []);
  }
  assert.deepEqual(await problemsOf(yamlFlag("a")), []);
  assert.deepEqual(await problemsOf(`version: "2.0"\n${yamlFlag("a")}`), [
    '1:10 version "2.0" of the format is not supported: use 1.0 to 1.6',
  ]);
  assert.deepEqual(await problemsOf(`version: 1.0\n${yamlFlag("a")}`), [
    '1:10 version of the document must be a string, not the number 1.0: put it in quotes, "1.0"',
  ]);
});

test("a file that names no namespace is of the namespace default", async () => {
  const document = await documentFromFeatures(yamlFlag("a"));
  assert.equal(document.namespace.key, "default");
});

test("a namespace that files do not have is answered as a server does", async () => {
  const folderPath = folder({ "features.yml": yamlFlag("a", "shop") });
  await assert.rejects(readDocument(folderPath, { namespace: "nope" }), {
    name: "FetchError",
    status: 404,
    retryable: false,
    serverMessage: 'evaluation snapshot for namespace "nope" not found',
    message: `evaluation snapshot for namespace "nope" not found in ${folderPath}, which has "shop": ` +
      "check the namespace option",
  });
});

test("documents of a stream and files of a list are put together by their namespaces", async () => {
  const path = folder({
    "one.yml": `${yamlFlag("a", "shop")}---\n${yamlFlag("b", "{ key: blog, name: Blog }")}---\n`,
    "two.json": JSON.stringify({
      namespace: "shop",
      flags: [{
        key: "c",
        name: "C",
        enabled: true,
        variants: [{ key: "x" }],
        rules: [{ segment: "everyone", distributions: [{ variant: "x", rollout: 100 }] }],
      }],
    }),
    "three.yaml": "namespace: shop\nsegments: [{ key: everyone, name: E, match_type: ALL_MATCH_TYPE }]\n",
  });
  const files = ["one.yml", "two.json", "three.yaml"].map((name) => join(path, name));
  const documents = await readDocuments([pathToFileURL(files[0] ?? ""), ...files]);
  assert.deepEqual(
    [...documents].map(([key, document]) => [key, keysOf(document)]),
    [
      ["shop", ["a", "c"]],
      ["blog", ["b"]],
    ].map((each) => each),
  );
  assert.equal(documents.get("shop")?.flags[1]?.rules?.[0]?.segments?.[0]?.key, "everyone");
});

test("a folder is searched for the names that Flipt looks for", async () => {
  const path = folder({
    "features.yml": yamlFlag("a"),
    "deep/er/features.yaml": yamlFlag("b"),
    "deep/shop.features.yml": yamlFlag("c"),
    "json.features.json": JSON.stringify({ flags: [{ key: "d", name: "D" }] }),
    "other.yml": "this: is not looked at",
    "features.yml.bak": "nor: this",
    ".git/features.yml": "nor: this",
    "node_modules/x/features.yml": "nor: this",
  });
  symlinkSync(path, join(path, "deep", "loop"));
  assert.deepEqual(keysOf(await readDocument(path)).sort(), ["a", "b", "c", "d"]);
});

test("a folder's .flipt.yml says which files are looked at", async () => {
  const files = {
    "features.yml": "not: looked at",
    "flags/one.yml": yamlFlag("one"),
    "flags/two.yaml": yamlFlag("two"),
    "flags/old/three.yml": "not: looked at",
    "flags/x.txt": "not: looked at",
  };
  const index =
    'version: "1.0"\ninclude:\n  - "flags/**/*.{yml,yaml}"\nexclude: ["**/old/*", "flags/[x-z]*"]\n';
  assert.deepEqual(keysOf(await readDocument(folder({ ...files, ".flipt.yml": index }))), ["one", "two"]);
  const wrong = folder({ ...files, ".flipt.yml": 'version: "1.0"\nincludes: []\nexclude: 3\n' });
  await assert.rejects(readDocument(wrong), (error) => {
    assert.ok(error instanceof FeaturesError);
    assert.match(error.message, /\.flipt\.yml:2:1: \.flipt\.yml has no "includes"; did you mean "include"\?/);
    assert.match(
      error.message,
      /\.flipt\.yml:3:10: exclude of \.flipt\.yml must be a list, not the number 3/,
    );
    return true;
  });
  const none = folder({ ...files, ".flipt.yml": 'include: ["nothing.yml"]\n' });
  await assert.rejects(readDocument(none), /no file in this folder matches \.flipt\.yml: check its patterns/);
  await assert.rejects(readDocument(folder({ "x.yml": "" })), /no features file in this folder/);
});

test("patterns of file names are those of .flipt.yml", () => {
  const cases: readonly [glob: string, matched: readonly string[], others: readonly string[]][] = [
    ["*.yml", ["a.yml", ".yml"], ["a/b.yml", "a.yaml", "aymls"]],
    ["/flags/*.yml", ["flags/a.yml"], ["flags/deep/a.yml", "xflags/a.yml"]],
    ["**/features.yml", ["features.yml", "a/features.yml", "a/b/features.yml"], [
      "my-features.yml",
      "featuresxyml",
    ]],
    ["flags/**", ["flags/a", "flags/a/b.yml"], ["flagsx"]],
    ["a?.y{,a}ml", ["ab.yml", "ab.yaml"], ["a.yml", "a/.yml"]],
    ["[a-c]x[!1].yml", ["ax2.yml"], ["dx2.yml", "ax1.yml"]],
    ["(a)+[.$^|\\", ["(a)+[.$^|\\"], ["aa"]],
    ["{a", ["{a"], ["a"]],
  ];
  for (const [glob, matched, others] of cases) {
    for (const name of matched) assert.ok(globPattern(glob).test(name), `${glob} has ${name}`);
    for (const name of others) assert.ok(!globPattern(glob).test(name), `${glob} has not ${name}`);
  }
});

test("a file that is not there, no file at all, or too large is told by its name", async () => {
  const path = folder({ "large.yml": `# ${"x".repeat(33 * 1024 * 1024)}` });
  await assert.rejects(readDocument(join(path, "nope.yml")), {
    name: "FeaturesError",
    message: `${join(path, "nope.yml")}: there is no such file or folder`,
  });
  await assert.rejects(
    readDocument(join(path, "large.yml")),
    /large\.yml: cannot be read: it is larger than 33554432 bytes \(34603010\)/,
  );
  await assert.rejects(readDocument([]), ValidationError);
  await assert.rejects(readDocument(" "), ValidationError);
  await assert.rejects(readDocument(new URL("https://example.com/features.yml")), ValidationError);
});

test("everything that is wrong with a file is in one error, each with its place", async () => {
  const text = `version: "1.4"
namespce: shop
flags:
  - key: a b
    name: A
    enabeld: true
  - key: checkout
    name: Checkout
    type: VARIANT
    variants:
      - key: one
      - key: one
      - key: two
        default: true
        attachment: text
      - key: three
        default: true
    rules:
      - segment: stuff
        distributions:
          - variant: won
            rollout: 101
          - { variant: two, rollout: 60 }
          - { variant: one, rollout: 60 }
      - segment: { keys: [], operator: AND }
  - key: checkout
    name: Again
  - key: toggle
    name: Toggle
    type: BOOLEAN_FLAG_TYPE
    enabled: yes
    variants: [{ key: x }]
    rollouts:
      - threshold: { percentage: -1, value: true }
      - threshold: { percentage: 50 }
        segment: { key: staff, value: true }
      - segment: { key: stuff, keys: [staff], value: 1 }
segments:
  - key: staff
    name: Staff
    match_type: SOME_MATCH_TYPE
    constraints:
      - { type: STRING_COMPARISON_TYPE, property: email, operator: eqs, value: x }
      - { type: NUMBER_COMPARISON_TYPE, property: orders, operator: gt, value: many }
      - { type: NUMBER_COMPARISON_TYPE, property: orders, operator: gt, value: 3 }
      - { type: NUMBER_COMPARISON_TYPE, property: orders, operator: isoneof, value: '["1"]' }
      - { type: DATETIME_COMPARISON_TYPE, property: at, operator: lt, value: tomorrow }
      - { type: BOOLEAN_COMPARISON_TYPE, property: on, operator: true }
      - { type: STRING_COMPARISON_TYPE, property: email, operator: isoneof, value: [a, b] }
      - { type: ENTITY_COMPARISON_TYPE, property: email, operator: eq, value: a }
      - { type: STRING_COMPARISON_TYPE, operator: eq }
`;
  assert.deepEqual(
    await problemsOf(text),
    [
      '2:1 the document has no "namespce"; did you mean "namespace"?',
      '4:10 the key of a flag can contain letters, digits, hyphens, underscores and commas, not "a b"',
      '6:5 a flag has no "enabeld"; did you mean "enabled"?',
      '9:11 type of a flag must be VARIANT_FLAG_TYPE or BOOLEAN_FLAG_TYPE, not "VARIANT"',
      '12:14 the flag already has a variant "one"',
      '15:21 attachment of a variant must be an object or a list, not the string "text"',
      '17:9 a flag has only one default variant, which is already "two"',
      '19:18 namespace "default" has no segment "stuff"; did you mean "staff"?',
      "20:9 the rollouts of a rule's distributions must add up to at most 100, not 120",
      '21:22 the flag has no variant "won"; did you mean "one"?',
      "22:22 rollout of a distribution must be from 0 to 100, not 101",
      "25:20 a segment is required: add keys: [the key of a segment]",
      '25:40 operator of the segment of a rule must be OR_SEGMENT_OPERATOR or AND_SEGMENT_OPERATOR, not "AND"',
      '26:10 namespace "default" already has a flag "checkout", in features.yml:7: remove one or give it another key',
      '31:14 enabled of a flag must be true or false, not the string "yes"',
      "32:5 a flag of type BOOLEAN_FLAG_TYPE has rollouts, not variants",
      "34:34 percentage of a threshold must be from 0 to 100, not -1",
      "35:9 a rollout has either a segment or a threshold, and this one has both",
      '37:25 namespace "default" has no segment "stuff"; did you mean "staff"?',
      "37:32 the segment of a rollout has either a key or keys: remove one",
      "37:54 value of the segment of a rollout must be true or false, not the number 1",
      '41:17 match_type of a segment must be ALL_MATCH_TYPE or ANY_MATCH_TYPE, not "SOME_MATCH_TYPE"; ' +
      'did you mean "ALL_MATCH_TYPE"?',
      "43:68 operator of a constraint must be one of eq, neq, empty, notempty, prefix, suffix, contains, notcontains, " +
      'isoneof, isnotoneof, not "eqs"; did you mean "eq"?',
      '44:80 the value of a NUMBER_COMPARISON_TYPE must be a number, not "many"',
      '45:80 value of a constraint must be a string, not the number 3: put it in quotes, "3"',
      '46:85 the value of isoneof must be a JSON list of numbers in a string, such as value: \'[1, 2]\', not "[\\"1\\"]"',
      '47:78 the value of a DATETIME_COMPARISON_TYPE must be a time such as "2026-01-31T00:00:00Z", not "tomorrow"',
      '48:66 operator of a constraint must be a string, not the boolean true: put it in quotes, "true"',
      `49:84 the value of isoneof must be a JSON list of strings in a string, such as value: '["a", "b"]', not a list`,
      "50:17 type of a constraint must be one of STRING_COMPARISON_TYPE, NUMBER_COMPARISON_TYPE, " +
      "BOOLEAN_COMPARISON_TYPE, DATETIME_COMPARISON_TYPE, ENTITY_ID_COMPARISON_TYPE, not " +
      '"ENTITY_COMPARISON_TYPE"; did you mean "ENTITY_ID_COMPARISON_TYPE"?',
      "51:9 a constraint needs a property: add property: …",
    ],
  );
});

test("an error lists twenty problems, and keeps the others", async () => {
  const text = `flags:\n${Array.from({ length: 30 }, () => "  - kye: a\n").join("")}`;
  await assert.rejects(documentFromFeatures(text), (error) => {
    assert.ok(error instanceof FeaturesError);
    assert.equal(error.problems.length, 90);
    assert.equal(error.message.split("\n").length, 22);
    assert.match(
      error.message,
      /^the features files have 90 problems:\n- features\.yml:2:5: .*- and 70 more$/s,
    );
    return true;
  });
});

test("what is no YAML is told with its place", async () => {
  const cases: readonly [text: string, problem: RegExp][] = [
    ["", /^the file is empty: it needs flags/],
    ["\ufeff\r\n", /^the file is empty/],
    ["# only a comment\n---\n...\n", /^the file is empty/],
    ["flags:\n\t- key: a\n", /^2:1 YAML cannot be indented with tabs: use spaces$/],
    ["flags: [\n", /^2:1 not valid YAML: /],
    ["flags: 'a\n", /^\d+:\d+ not valid YAML: /],
    ["flags: *nothing\n", /^1:8 (not valid YAML: |the anchor of the alias \*nothing is missing)/],
    ["- a\n", /^1:1 the document must be an object .* not a list$/],
    ["just text", /^1:1 the document must be an object .* not the string "just text"$/],
    ["flags:\n- key: a\n  key: b\n  name: A\n", /^3:3 "key" occurs twice in one object: remove one$/],
    ["flags:\n- key: a\n  name: !!binary aGk=\n", /^3:9 not valid YAML: Unresolved tag/],
    [
      "flags:\n- key: a\n  name: A\n  variants: [{ key: x, attachment: { y: .nan } }]\n",
      /^4:\d+ ".nan" is not a JSON value/,
    ],
  ];
  for (const [text, problem] of cases) {
    const problems = await problemsOf(text);
    assert.match(problems[0] ?? "nothing", problem, JSON.stringify(text));
  }
});

test("what is no JSON is told with its place", async () => {
  const cases: readonly [text: string, problem: string][] = [
    ["", "the file is empty: it needs flags: …"],
    ["{", "1:2 the JSON is incomplete: expected a name in double quotes"],
    ['{"flags": [],}', "1:14 not JSON: expected a name in double quotes: remove the comma before"],
    ['{"flags": [1,]}', "1:14 not JSON: expected a value: remove the comma before"],
    ['{\n  "flags" []}', '2:11 not JSON: expected a colon after the name "flags"'],
    ['{"flags": []} x', "1:15 not JSON: unexpected text after the JSON value"],
    ["{'flags': []}", "1:2 not JSON: expected a name in double quotes"],
    ['{"flags": [1 2]}', "1:14 not JSON: expected a comma or ]"],
    [
      '{"flags": "a}',
      "1:11 not JSON: a string without its closing quote, or with a line break or an invalid escape",
    ],
    ['{"flags": [], "flags": []}', '1:15 "flags" occurs twice in one object: remove one'],
    ["[]", "1:1 the document must be an object with version, namespace and so on, not a list"],
    ["[".repeat(1_000_000), "1:101 not JSON: values are nested more than 100 levels deep"],
  ];
  for (const [text, problem] of cases) {
    assert.deepEqual(await problemsOf(text, { format: "json" }), [problem], text.slice(0, 100));
  }
});

test("what is no UTF-8 is told", async () => {
  const path = folder({ "features.yml": new Uint8Array([0xff, 0xfe, 0x66, 0x00]) });
  await assert.rejects(readDocument(path), /features\.yml: not UTF-8 text: save it as UTF-8/);
});

test("a byte order mark, carriage returns, comments and quotes make no difference", async () => {
  const plain = yamlFlag("a");
  const expected = await documentFromFeatures(plain);
  const path = folder({ "features.yml": `\ufeff${plain.replaceAll("\n", "\r\n")}` });
  assert.deepEqual(await readDocument(path), expected);
  assert.deepEqual(
    await documentFromFeatures(`\ufeff# x\r\n${plain.replace("A flag", "'A flag' # x")}`),
    expected,
  );
  assert.deepEqual(await problemsOf(`\ufeffflags:\r\n  - kye: a\r\n    name: A\r\n`), [
    '2:5 a flag has no "kye"; did you mean "key"?',
    "2:5 a flag needs a key: add key: …",
  ]);
});

test("aliases and merged objects are what they stand for", async () => {
  const text = `
flags:
  - &usual { key: a, name: A, enabled: true, variants: [{ key: x, attachment: &deep { b: 1, a: [2] } }] }
  - { <<: *usual, key: b, enabled: false }
  - { key: c, name: C, variants: [{ key: y, attachment: *deep, default: true }] }
`;
  const { flags } = await documentFromFeatures(text);
  assert.deepEqual(flags.map(({ key, enabled }) => `${key} ${enabled}`), ["a true", "b false", "c false"]);
  assert.equal(flags[2]?.defaultVariant?.attachment, '{"a":[2],"b":1}');
});

test("aliases that stand for more than memory holds are refused at once", async () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 30; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`);
  const [problem] = await problemsOf(`${lines.join("\n")}\n`);
  assert.match(
    problem ?? "",
    /^5:\d+ the aliases of this file expand to more than 100000 values: write them out$/,
  );
  assert.match(
    (await problemsOf("flags: &a [*a]\n"))[0] ?? "",
    /the anchor of the alias \*a is missing or incomplete here/,
  );
});

test("values that are nested deep are refused, in YAML too", async () => {
  const problems = await problemsOf(`flags: ${"[".repeat(200)}${"]".repeat(200)}\n`);
  assert.match(problems[0] ?? "", /values are nested more than 100 levels deep$/);
  assert.ok((await problemsOf("[".repeat(20_000))).length > 0);
});

test("names that objects have by themselves are names like any other", async () => {
  const text = (name: string): string => `
flags:
  - key: ${name}
    name: A
    variants: [{ key: ${name}, attachment: { ${name}: { ${name}: 1 } } }]
    rules: [{ segment: ${name}, distributions: [{ variant: ${name}, rollout: 100 }] }]
segments:
  - { key: ${name}, name: S, match_type: ANY_MATCH_TYPE }
`;
  for (const name of ["__proto__", "constructor", "toString"]) {
    for (const format of ["yaml", "json"] as const) {
      const source = format === "yaml" ? text(name) : jsonText(name);
      const { flags } = await documentFromFeatures(source, { format });
      assert.equal(flags[0]?.key, name);
      assert.equal(
        flags[0]?.rules?.[0]?.distributions[0]?.variantAttachment,
        `{"${name}":{"${name}":1}}`,
      );
    }
    assert.match((await problemsOf(`${name}: 1\n`))[0] ?? "", /^1:1 the document has no /);
  }
});

/** The same as the YAML above; by hand, since an object literal would set its prototype. */
function jsonText(name: string): string {
  const variant = `{ "key": "${name}", "attachment": { "${name}": { "${name}": 1 } } }`;
  const rule = `{ "segment": "${name}", "distributions": [{ "variant": "${name}", "rollout": 100 }] }`;
  const flag = `{ "key": "${name}", "name": "A", "variants": [${variant}], "rules": [${rule}] }`;
  return `{ "flags": [${flag}], "segments": [{ "key": "${name}", "name": "S", "match_type": "ANY_MATCH_TYPE" }] }`;
}

test("lists as values of constraints are for version 1.6, and are sent as JSON", async () => {
  const text = (version: string): string => `
version: "${version}"
flags: [{ key: a, name: A, variants: [{ key: x }], rules: [{ segment: s }] }]
segments:
  - key: s
    name: S
    match_type: ANY_MATCH_TYPE
    constraints:
      - { type: STRING_COMPARISON_TYPE, property: p, operator: isoneof, value: [b, "a"] }
      - { type: NUMBER_COMPARISON_TYPE, property: p, operator: isnotoneof, value: [1, 2] }
`;
  const { flags } = await documentFromFeatures(text("1.6"));
  const constraints = flags[0]?.rules?.[0]?.segments?.[0]?.constraints;
  assert.deepEqual(constraints?.map(({ value }) => value), ['["b","a"]', "[1,2]"]);
  assert.equal((await problemsOf(text("1.5"))).length, 2);
  assert.match(
    (await problemsOf(text("1.6").replace("[1, 2]", "[1, x]")))[0] ?? "",
    /must be a list of numbers$/,
  );
});

test("a large file is read in a time that people wait for", async () => {
  const flags = Array.from({ length: 5_000 }, (_, i) => ({ key: `flag-${i}`, name: "F", enabled: true }));
  const document = await documentFromFeatures(JSON.stringify({ flags }), { format: "json" });
  assert.equal(document.flags.length, 5_000);
  const members = Array.from({ length: 20_000 }, (_, i) => `      m${i}: ${i}\n`).join("");
  const text = `flags:\n- key: a\n  name: A\n  variants:\n  - key: x\n    attachment:\n${members}`;
  assert.equal((await documentFromFeatures(text)).flags.length, 1);
});
