// Files in Flipt's declarative format: the documents that they become.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { documentFromFeatures, readDocument, readDocuments } from "../../file/mod.ts";
import { ValidationError } from "../../mod.ts";
import { FlagFiles, keysOf, problemsOf, yamlFlag } from "../support/flag_files.ts";

const fixtures = new URL("../fixtures/", import.meta.url);

const files = new FlagFiles();
after(() => files.remove());
const { folder } = files;

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
    const flag = version === "1.0" ? yamlFlag("a").replace(/ +type: .*\n/, "") : yamlFlag("a");
    assert.deepEqual(await problemsOf(`version: "${version}"\n${flag}`), []);
  }
  assert.deepEqual(await problemsOf(yamlFlag("a")), []);
  assert.deepEqual(await problemsOf(`version: "2.0"\n${yamlFlag("a")}`), [
    '1:10 version "2.0" of the format is not supported: use 1.0 to 1.6',
  ]);
  assert.deepEqual(await problemsOf(`version: 1\n${yamlFlag("a")}`), [
    '1:10 version "1" of the format is not supported: use 1.0 to 1.6',
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
      segments: [{ key: "everyone", name: "E", match_type: "ALL_MATCH_TYPE" }],
    }),
    "three.yaml": "namespace: shop\nsegments: [{ key: nobody, name: N, match_type: ALL_MATCH_TYPE }]\n",
  });
  const files = ["one.yml", "two.json", "three.yaml"].map((name) => join(path, name));
  const documents = await readDocuments([pathToFileURL(files[0] ?? ""), ...files]);
  assert.deepEqual(
    [...documents].map(([key, document]) => [key, keysOf(document)]),
    [["shop", ["a", "c"]], ["blog", ["b"]], ["default", []]],
  );
  assert.equal(documents.get("shop")?.flags[1]?.rules?.[0]?.segments?.[0]?.key, "everyone");
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

test("a device without end is refused as a file that is too large is", {
  skip: process.platform === "win32" && "Windows has no such device",
}, async () => {
  await assert.rejects(
    readDocument("/dev/zero"),
    /zero: cannot be read: it is larger than 33554432 bytes: split/,
  );
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
    /must be a list of numbers, but contains the string "x"$/,
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
