// Which files of a folder are read: those of Flipt v1, those of Flipt v2, and what the index of a folder includes.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { ValidationError } from "../../mod.ts";
import { FeaturesError, fileSource, readDocument, readDocuments, warningLine } from "../../file/mod.ts";
import type { FeaturesOptions, Layout } from "../../file/mod.ts";

const root = mkdtempSync(join(tmpdir(), "flipt-layout-"));
after(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;

/** A new folder with files in it. */
function folder(files: Readonly<Record<string, string>>): string {
  const path = join(root, String(++folders));
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

/** A file with one flag, in JSON, which is YAML, too. */
function flag(key: string): string {
  return JSON.stringify({ version: "1.4", flags: [{ key, name: "A flag", type: "BOOLEAN_FLAG_TYPE" }] });
}

/** A file for each name, with a flag that is called by its number. */
function numbered(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, flag(String(index))]));
}

/** The names whose flags are read, in the order in which they are. */
async function taken(path: string, names: readonly string[], layout?: Layout): Promise<string[]> {
  const { flags } = await readDocument(path, layout === undefined ? {} : { layout });
  return flags.map(({ key }) => names[Number(key)] ?? key);
}

/** The problems of a folder, each on its line, without the folder. */
async function problemsOf(path: string, options: FeaturesOptions = {}): Promise<string[]> {
  try {
    await readDocuments(path, options);
  } catch (error) {
    assert.ok(error instanceof FeaturesError, String(error));
    return error.problems.map(({ file, line, column, message }) =>
      `${file.slice(path.length)}${line === undefined ? "" : `:${line}:${column}`}: ${message}`
    );
  }
  return [];
}

const names = [
  "features.yml",
  "my-features.yaml",
  "shop.features.yml",
  "features.json",
  "blog/features.yaml",
  "blog/my-features.yml",
  "shop/features.json",
  "shop/features.yml.bak",
  "shop/deep/features.yml",
  "shop/deep/features.json",
  "shop/deep/er/x.features.yaml",
  ".hidden/features.yml",
  ".git/features.yml",
  "node_modules/features.yml",
  "Features.yml",
] as const;

test("layout v1 takes what ends in features.yml or features.yaml, in any folder, and no JSON", async () => {
  assert.deepEqual(await taken(folder(numbered(names)), names, "v1"), [
    ".hidden/features.yml",
    "blog/features.yaml",
    "blog/my-features.yml",
    "features.yml",
    "my-features.yaml",
    "shop/deep/er/x.features.yaml",
    "shop/deep/features.yml",
    "shop.features.yml",
  ]);
});

test("layout v2 takes features.yaml, features.yml and features.json, one folder deep and no other", async () => {
  assert.deepEqual(await taken(folder(numbered(names)), names, "v2"), [
    ".hidden/features.yml",
    "blog/features.yaml",
    "shop/features.json",
  ]);
});

test("without a layout the files of both servers are taken", async () => {
  const path = folder(numbered(names));
  const both = [
    ".hidden/features.yml",
    "blog/features.yaml",
    "blog/my-features.yml",
    "features.yml",
    "my-features.yaml",
    "shop/deep/er/x.features.yaml",
    "shop/deep/features.yml",
    "shop/features.json",
    "shop.features.yml",
  ];
  assert.deepEqual(await taken(path, names), both);
  assert.deepEqual(await taken(path, names, "both"), both);
});

test("a .flipt.yml decides for v1, means nothing to v2, and is not read there at all", async () => {
  const path = folder({
    ...numbered(names),
    ".flipt.yml": 'version: "1.0"\ninclude: ["shop*"]\nexclude: ["*.bak", "shop/deep/er/*"]\n',
  });
  const included = [
    "shop/deep/features.json",
    "shop/deep/features.yml",
    "shop/features.json",
    "shop.features.yml",
  ];
  assert.deepEqual(await taken(path, names, "v1"), included);
  assert.deepEqual(await taken(path, names), included);
  const v2 = [".hidden/features.yml", "blog/features.yaml", "shop/features.json"];
  assert.deepEqual(await taken(path, names, "v2"), v2);
  writeFileSync(join(path, ".flipt.yml"), "[not an index");
  assert.deepEqual(await taken(path, names, "v2"), v2);
});

test("an index without include takes nothing, and what servers do not know in it is warned of", async () => {
  const path = folder({
    "features.yml": flag("a"),
    ".flipt.yml": 'version: 1.0\nincludes: ["**"]\nother: 1\n',
  });
  const warnings: string[] = [];
  const options: FeaturesOptions = {
    onWarning: (warning) => warnings.push(warningLine(warning).slice(path.length)),
  };
  assert.deepEqual(await problemsOf(path, options), [
    ": no file in this folder matches .flipt.yml: check its patterns",
  ]);
  assert.deepEqual(warnings, [
    '/.flipt.yml:1:10: the version must be a string, not a number: put it in quotes, "1.0" (unquoted-version)',
    '/.flipt.yml:2:1: .flipt.yml has no "includes", which servers ignore; did you mean "include"? (unknown-member)',
    '/.flipt.yml:3:1: .flipt.yml has no "other", which servers ignore (unknown-member)',
  ]);
});

test("what is wrong with an index is told with its place", async () => {
  const cases: readonly [index: string, problems: readonly string[]][] = [
    ["", ["/.flipt.yml: .flipt.yml is empty, which servers reject: add include: […], or remove the file"]],
    ["- a\n", ["/.flipt.yml:1:1: .flipt.yml must be an object with include: […], not a list"]],
    ["include: 3\n", ["/.flipt.yml:1:10: include of .flipt.yml must be a list, not the number 3"]],
    ["include: [1]\n", [
      '/.flipt.yml:1:11: a pattern of include must be a string, not the number 1: put it in quotes, "1"',
    ]],
    ["include: [a]\nexclude:\n  - '[z-a]'\n", [
      "/.flipt.yml:3:5: this pattern has the range [z-a], which is reversed: use [a-z]",
    ]],
    ["version: []\ninclude: ['features.yml']\n", [
      '/.flipt.yml:1:10: the version of .flipt.yml must be a string, not a list: write "1.0"',
    ]],
    ["include: ['*.yml']\n", [
      "/.flipt.yml: its patterns match .flipt.yml itself, which a server then rejects: use narrower patterns, or add " +
      'exclude: [".flipt.yml"]',
    ]],
    ["include: ['{features,notes}.*']\n", [
      "/notes.txt: .flipt.yml includes this file, but servers read .yml, .yaml and .json files only: rename it, or " +
      "exclude it",
    ]],
    ["version: \"2.0\"\ninclude: ['features.yml']\nexclude: null\n", []],
  ];
  for (const [index, problems] of cases) {
    const path = folder({ "features.yml": flag("a"), "notes.txt": "", ".flipt.yml": index });
    assert.deepEqual(await problemsOf(path), problems, index);
  }
});

test("a folder in which a server finds nothing is told with what it looks for", async () => {
  const path = folder({ "flags.yml": flag("a") });
  const v2 = "<namespace>/features.yml (or .yaml, .json)";
  assert.deepEqual(await problemsOf(path), [
    `: no features file in this folder: name one features.yml or *.features.yml, or ${v2}, or list them in .flipt.yml`,
  ]);
  assert.deepEqual(await problemsOf(path, { layout: "v1" }), [
    ": no file in this folder is one that a v1 server reads: name one features.yml or *.features.yml, or list them in " +
    ".flipt.yml",
  ]);
  assert.deepEqual(await problemsOf(path, { layout: "v2" }), [
    `: no file in this folder is one that a v2 server reads: name one ${v2}, exactly one folder deep`,
  ]);
});

test("a link to a file is taken, one to a folder is not followed", async () => {
  const path = folder({ "shop/features.yml": flag("0") });
  symlinkSync(path, join(path, "shop", "loop"));
  symlinkSync(join(folder({ other: flag("1") }), "other"), join(path, "linked.features.yml"));
  assert.deepEqual(await taken(path, ["shop", "linked"]), ["linked", "shop"]);
});

test("a layout that is none is refused, by the source at once", async () => {
  const options = { layout: "v3" } as unknown as FeaturesOptions;
  const message = 'layout must be "v1", "v2", "both", but is "v3"';
  await assert.rejects(readDocuments(".", options), { name: "ValidationError", message });
  assert.throws(() => fileSource(".", options), { message });
  assert.throws(() => fileSource(".", { layout: 2 } as unknown as FeaturesOptions), ValidationError);
});
