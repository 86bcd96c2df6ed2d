// Every kind of file that servers take or refuse: fixtures that say in their last lines which of it is true, and what is told.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { FetchError } from "../../mod.ts";
import { documentFromFeatures, FeaturesError, WARNING_RULES, warningLine } from "../../file/mod.ts";
import type { FeaturesTextOptions } from "../../file/mod.ts";

const folder = new URL("../fixtures/features/", import.meta.url);

/** What becomes of a text: `taken` and its warnings, or `refused` and its problems, a line each. */
async function outcomeOf(text: string, options: FeaturesTextOptions): Promise<string[]> {
  const warnings: string[] = [];
  const place = `${options.file}:`;
  const told = (line: string): string => line.slice(place.length).trimStart();
  try {
    await documentFromFeatures(text, {
      ...options,
      namespace: "shop",
      onWarning: (warning) => warnings.push(told(warningLine(warning))),
    });
  } catch (error) {
    if (error instanceof FeaturesError) {
      return [
        "refused",
        ...error.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`),
      ];
    }
    // The file is of another namespace.
    if (!(error instanceof FetchError)) throw error;
  }
  return ["taken", ...warnings];
}

for (const file of readdirSync(folder).sort()) {
  test(`${file} is taken or refused as servers do, with each message at its place`, async () => {
    const text = readFileSync(new URL(file, folder), "utf8");
    const expected = /(?:^|\n)((?:# [^\n]*\n)+)$/.exec(text)?.[1] ?? "";
    const lines = expected.trimEnd().split("\n").map((line) => line.slice(2));
    const start = lines.findIndex((line) => line === "taken" || line === "refused");
    assert.notEqual(start, -1, "the file says at its end what becomes of it");
    assert.deepEqual(await outcomeOf(text, { file }), lines.slice(start));
  });
}

test("each rule of a warning is one that a fixture or a test of index files brings about", () => {
  const texts = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8")).join("");
  const told = new Set(Array.from(texts.matchAll(/^# .*\(([a-z-]+)\)$/gm), ([, rule]) => rule));
  // What is unknown in an index file is told by locate.ts.
  assert.deepEqual([...told, "unknown-member"].sort(), Object.keys(WARNING_RULES).sort());
});

test("the documentation lists the rules with their descriptions", () => {
  const page =
    readFileSync(new URL("../../docs/files.md", import.meta.url), "utf8").split("\n## Warnings\n")[1] ?? "";
  const rows = Array.from(
    page.matchAll(/^\| `([a-z-]+)` +\| ([^|]*[^| ]) +\|$/gm),
    ([, rule, meaning]) => [rule, meaning],
  );
  assert.deepEqual(rows, Object.entries(WARNING_RULES));
});

test("an empty file is taken as one without flags, whatever its format", async () => {
  for (
    const [text, format] of [["", "yaml"], ["", "json"], ["\ufeff\r\n", "yaml"], [
      "# nothing\n",
      "yaml",
    ]] as const
  ) {
    const warnings: string[] = [];
    const document = await documentFromFeatures(text, {
      format,
      onWarning: (warning) => warnings.push(warningLine(warning)),
    });
    assert.deepEqual([document.namespace, document.flags], [{ key: "default" }, []]);
    const file = format === "json" ? "features.json" : "features.yml";
    assert.deepEqual(warnings, [`${file}: the file is empty: add flags: … (empty-file)`]);
  }
});

test("JSON has no numbers for versions, and no dates", async () => {
  const json = (value: unknown): Promise<string[]> =>
    outcomeOf(JSON.stringify(value), { format: "json", file: "features.json" });
  assert.deepEqual(await json({ version: 1.1, namespace: "shop", flags: [] }), [
    "refused",
    '1:12: version of the document must be a string, not the number 1.1: put it in quotes, "1.1"',
  ]);
  const attachment = { since: "2026-01-31", 1: "one" };
  const flag = { key: "a", name: "A", variants: [{ key: "x", attachment }] };
  assert.deepEqual(await json({ version: "1.4", namespace: "shop", flags: [flag] }), ["taken"]);
});

test("one mistake is one message", async () => {
  const flag = "flags: [{ key: a, name: A, type: BOOLEAN_FLAG_TYPE }]\n";
  assert.equal((await outcomeOf(`version: 1.1\nnamespace: shop\n${flag}`, { file: "f" })).length, 2);
  assert.equal((await outcomeOf("flags: [{ key: a, name: null }]\n", { file: "f" })).length, 2);
  assert.equal((await outcomeOf("flags: [{ key: null, name: A, type: null }]\n", { file: "f" })).length, 3);
  const rollouts = 'version: "1.0"\nflags: [{ key: a, name: A, rollouts: [] }]\n';
  assert.equal((await outcomeOf(rollouts, { file: "f" })).length, 2);
});

test("a listener that throws breaks nothing", async () => {
  const text = "version: 1.4\nflags: []\n";
  const { warn } = console;
  const printed: unknown[][] = [];
  console.warn = (...values: unknown[]) => void printed.push(values);
  try {
    const onWarning = (): never => {
      throw new Error("of the listener");
    };
    assert.deepEqual((await documentFromFeatures(text, { onWarning })).flags, []);
  } finally {
    console.warn = warn;
  }
  assert.match(String(printed[0]?.[0]), /the listener onWarning failed/);
});
