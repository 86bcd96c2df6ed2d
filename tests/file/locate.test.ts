// Which files of a folder are files of flags.

import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { globPattern } from "../../file/glob.ts";
import { FeaturesError, readDocument } from "../../file/mod.ts";
import { FlagFiles, keysOf, yamlFlag } from "../support/flag_files.ts";

const files = new FlagFiles();
after(() => files.remove());
const { folder } = files;

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
