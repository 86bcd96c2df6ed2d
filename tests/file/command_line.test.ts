// The command line prints the warnings of the files it reads: `list` next to the flags, `serve` in its log.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { cli, command, RunningCli } from "../support/cli.ts";

const root = mkdtempSync(join(tmpdir(), "flipt-file-cli-"));
after(() => rmSync(root, { recursive: true, force: true }));

const noSignals = { skip: process.platform === "win32" && "Windows ends a process without asking it" };

function file(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}

/** A file whose version is not in quotes, after as many lines. */
function unquoted(lines: number): string {
  return `${"# a line\n".repeat(lines)}version: 1.4\nnamespace: shop\nflags: [{ key: a, name: A }]\n`;
}

test("list prints warnings as errors, once, and the flags as ever", async () => {
  const path = fileURLToPath(new URL("../fixtures/features/never_matches.yml", import.meta.url));
  const { code, output, errors } = await cli(["list", "--file", path, "--json"]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(output).map(({ key }: { readonly key: string }) => key), ["discount"]);
  const lines = errors.trimEnd().split("\n");
  assert.equal(lines.length, 2);
  const start = `warning: ${path}:15:81: gte "2.5" never matches: `;
  assert.equal(lines[0]?.slice(0, start.length), start);
  assert.match(lines[1] ?? "", /:16:81: gt "2024-01-01" never matches: .* \(never-matches\)$/);
});

test("list chooses the namespace that has flags, and tells when none has a key", async () => {
  const shop = file("shop.yml", "namespace: shop\nflags: [{ key: a, name: A }]\n---\n");
  assert.match((await cli(["list", "--file", shop])).output, /^a +variant/m);
  const keyless = file("keyless.yml", "namespace: { name: Shop }\nflags: []\n");
  const { code, errors } = await cli(["list", "--file", keyless]);
  assert.notEqual(code, 0);
  assert.match(errors, /keyless\.yml has no namespace with a key: add namespace: \{ key: default \}/);
});

/** A folder with a file that a v1 server reads, and one that a v2 server reads as well. */
function twoFiles(): string {
  const folder = mkdtempSync(join(root, "layout-"));
  mkdirSync(join(folder, "shop"));
  const flag = (key: string): string =>
    `version: "1.4"\nnamespace: shop\nflags: [{ key: ${key}, name: A, type: BOOLEAN_FLAG_TYPE }]\n`;
  writeFileSync(join(folder, "a.features.yml"), flag("top"));
  writeFileSync(join(folder, "shop/features.yml"), flag("below"));
  return folder;
}

const layouts: readonly (readonly [layout: string | undefined, keys: string])[] = [
  ["v1", "top below"],
  ["v2", "below"],
  ["both", "top below"],
  [
    undefined,
    "top below",
  ],
];

test("list and lint read the files of a folder that --layout says", async () => {
  const folder = twoFiles();
  for (const [layout, keys] of layouts) {
    const chosen = layout === undefined ? [] : ["--layout", layout];
    const listed = await command(["list", "--file", folder, "--json", ...chosen]);
    const names = JSON.parse(listed.output).map(({ key }: { readonly key: string }) => key);
    assert.deepEqual(names.sort(), keys.split(" ").sort(), String(layout));
    const { output } = await command(["lint", folder, "--notes", "--json", ...chosen]);
    const found = JSON.parse(output).map(({ place }: { readonly place: { flag: string } }) => place.flag);
    assert.deepEqual(found, keys.split(" "), String(layout));
  }
});

test("serve reads the files of a folder that --layout says", noSignals, async () => {
  const folder = twoFiles();
  for (const [layout, keys] of layouts.slice(0, 2)) {
    const running = new RunningCli(["serve", folder, "--port", "0", "--json", "--layout", layout ?? "both"]);
    const [line] = await running.printed(/^.*"event":"start".*$/m);
    assert.deepEqual(JSON.parse(line ?? "").namespaces, { shop: keys.split(" ").length });
    assert.equal((await running.end("SIGTERM")).code, 0);
  }
});

test("a layout is one of three, and needs files", async () => {
  const path = file("one.yml", "flags: []\n");
  const document = file("one.json", '{ "namespace": { "key": "default" }, "flags": [] }');
  const rows: [args: string[], error: RegExp][] = [
    [["list", "--file", path, "--layout", "v3"], /--layout must be v1, v2, both, but is "v3"/],
    [["serve", path, "--layout", "V1"], /--layout must be v1, v2, both, but is "V1"/],
    [["list", "--layout", "v1"], /--layout only works with --file/],
    [["list", "--snapshot", document, "--layout", "v1"], /--layout only works with --file/],
    [["lint", document, "--layout", "v1"], /--layout only works with features files/],
  ];
  for (const [args, error] of rows) {
    const { code, output, errors } = await command(args);
    assert.deepEqual([code, output], [2, ""], args.join(" "));
    assert.match(errors, error);
  }
});

test("serve logs each warning once, and a new one when the file changes", noSignals, async () => {
  const path = file("served.yml", unquoted(0));
  const running = new RunningCli(["serve", path, "--port", "0", "--json"]);
  await running.printed(/"event":"start"/);
  writeFileSync(path, unquoted(2).replace("name: A", "name: A, enabled: true"));
  await running.printed(/"event":"update"/);
  const { code, output } = await running.end("SIGTERM");
  assert.equal(code, 0);
  const warnings = output.trimEnd().split("\n").map((line) => JSON.parse(line))
    .filter(({ event }) => event === "warning")
    .map(({ time: _time, ...warning }) => warning);
  const message = 'the version must be a string, not a number: put it in quotes, "1.4"';
  assert.deepEqual(
    warnings,
    [1, 3].map((line) => ({
      event: "warning",
      file: path,
      line,
      column: 10,
      rule: "unquoted-version",
      message,
    })),
  );
});
