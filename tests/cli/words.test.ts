// What the command line makes of words: options, operands, help and suggestions.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../cli/commands.ts";
import { exitCodes } from "../../cli/exit_codes.ts";
import { version } from "../../core/version.ts";
import { command } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-words-"));
const shopFile = fileURLToPath(new URL("../fixtures/shop/v2.json", import.meta.url));

after(() => rmSync(folder, { recursive: true, force: true }));

test("every command explains itself, each of its options, and how it is used", async () => {
  for (const { name, summary, options, operands, examples } of COMMANDS) {
    for (
      const args of [[...name.split(" "), "--help"], ["help", ...name.split(" ")], [...name.split(" "), "-h"]]
    ) {
      const { code, output, errors } = await command(args);
      assert.deepEqual([code, errors], [0, ""]);
      assert.ok(output.startsWith(`${summary}.\n`), output);
      assert.ok(output.includes(`usage: flipt-ffi ${name}`));
      for (const option of options.flatMap((group) => Object.keys(group.options))) {
        assert.ok(output.includes(`--${option}`), option);
      }
      for (const operand of operands) assert.ok(output.includes(operand.name));
      assert.ok(examples.length > 0);
      for (const { line } of examples) assert.ok(output.includes(`flipt-ffi ${line}\n`));
      assert.ok(output.split("\n").every((line) => line.length <= 110), output);
    }
  }
});

test("an option of one name has a value in all commands or in none, and its letter is its own", () => {
  const switches = new Map<string, boolean>();
  const letters = new Map<string, string>();
  for (const group of COMMANDS.flatMap(({ options }) => options)) {
    for (const [name, { type, short }] of Object.entries(group.options)) {
      const isSwitch = type === "switch";
      assert.equal(switches.get(name) ?? isSwitch, isSwitch, name);
      switches.set(name, isSwitch);
      if (short === undefined) continue;
      assert.equal(letters.get(short) ?? name, name, short);
      letters.set(short, name);
    }
  }
});

test("the overview names every command and every status", async () => {
  const { code, output } = await command(["--help"]);
  assert.equal(code, 0);
  for (const { name, summary } of COMMANDS) {
    assert.ok(output.includes(name) && output.includes(summary), name);
  }
  for (const status of Object.values(exitCodes)) assert.match(output, new RegExp(`\n  ${status} +\\w`));
});

test("without a command the overview is an error, and a group shows its commands", async () => {
  const nothing = await command([]);
  assert.deepEqual([nothing.code, nothing.output], [2, ""]);
  assert.match(nothing.errors, /usage: flipt-ffi COMMAND/);
  const group = await command(["snapshot"]);
  assert.equal(group.code, 2);
  assert.match(group.errors, /snapshot pull[^]*snapshot show[^]*snapshot diff/);
  assert.doesNotMatch(group.errors, /evaluate/);
});

test("the version is that of the package", async () => {
  assert.equal((await command(["--version"])).output, `flipt-ffi ${version}\n`);
  assert.deepEqual(JSON.parse((await command(["-V", "--json"])).output), { version });
});

test("what is not usable ends with 2, says what is wrong, and repeats no value", async () => {
  const cases: [args: string[], message: RegExp][] = [
    [["lits"], /^flipt-ffi: there is no command "lits"; did you mean "list"\?\n/],
    [["snapshot", "pul"], /there is no command "snapshot pul"; did you mean "snapshot pull"\?/],
    [["xyzzy"], /there is no command "xyzzy"\n/],
    [
      ["list", "--namspace", "x"],
      /list has no option --namspace; did you mean --namespace\?\nRun flipt-ffi list --help for its usage\.\n/,
    ],
    [["list", "--entity", "x"], /list has no option --entity\n/],
    [["list", "-x"], /list has no option -x\n/],
    [["list", "--url"], /--url needs a value: --url URL\n/],
    [["list", "--url", "--json"], /--url needs a value; for one that begins with a dash, write --url=URL/],
    [["list", "--url="], /the value of --url cannot be empty/],
    [["list", "--json=yes"], /--json takes no value/],
    [["list", "more"], /unexpected argument "more" for list/],
    [["evaluate"], /evaluate needs FLAG: the key of the flag/],
    [["evaluate", "a"], /evaluate needs --entity ID/],
    [["evaluate", "a", "b", "--entity", "u"], /unexpected argument "b" for evaluate/],
    [
      ["evaluate", "a", "--entity", "u", "-c", "no-value"],
      /--context takes KEY=VALUE, but was given "no-value"/,
    ],
    [["evaluate", "a", "--entity", "u", "-c", "=v"], /--context takes KEY=VALUE/],
    [["evaluate", "a", "--entity", "u", "--value", "--json"], /--value and --json cannot be combined/],
    [["evaluate", "a", "--entity", "u", "--context-file", shopFile, "--timeout", "-1"], /--timeout/],
    [["list", "--timeout", "soon"], /--timeout must be a positive number of seconds/],
    [
      ["list", "--snapshot", shopFile, "--url", "http://x"],
      /--snapshot cannot be combined with --url, which only works with a server/,
    ],
    [
      ["list", "--snapshot", shopFile, "--file", shopFile],
      /--file and --snapshot cannot be combined: give one of them/,
    ],
    [["list", "--library", "x.so"], /--library only works with/],
    [
      ["list", "--cert", "x.pem", "--url", "https://localhost"],
      /TLS has a client certificate without its key: give --key\n/,
    ],
    [["list", "--ca", "x.pem"], /TLS only works with a url that starts with https/],
    [["list", "--url", "http://user:hunter2@host"], /--url must not have a user name or password/],
    [["list", "--token", "two words hunter2"], /the authentication has a clientToken with a space/],
    [["serve", "x.yml", "--token", "two words hunter2"], /the authentication has a clientToken with a space/],
    [["serve", "x.yml", "--port", "99999"], /--port must be a whole number from 0 to 65535/],
    [["serve"], /serve needs FILE/],
    [["snapshot", "diff", "-", "-"], /stdin can only be read once/],
  ];
  for (const [args, message] of cases) {
    const { code, output, errors } = await command(args);
    assert.match(errors, message);
    assert.deepEqual([code, output], [2, ""], args.join(" "));
    assert.doesNotMatch(errors, /hunter2|\n\s+at /);
  }
});

test("what was typed goes before the environment, and the last before the first", async () => {
  const flags = { namespace: { key: "a" }, flags: [{ key: "one", name: "", enabled: true }] };
  const path = join(folder, "a.json");
  writeFileSync(path, JSON.stringify(flags));
  // A server that the environment names is not asked.
  const environment = {
    FLIPT_URL: "http://127.0.0.1:1",
    FLIPT_NAMESPACE: "b",
    FLIPT_CLIENT_TOKEN: "x-y-z-token",
  };
  const { code, output, errors } = await command([
    "list",
    "--snapshot",
    "nowhere",
    "--snapshot",
    path,
    "--json",
  ], {
    environment,
  });
  assert.equal(code, 0, errors);
  assert.equal(JSON.parse(output)[0].key, "one");
  const both = await command(["list"], { environment: { ...environment, FLIPT_JWT_TOKEN: "another-token" } });
  assert.equal(both.code, 2);
  assert.match(both.errors, /FLIPT_CLIENT_TOKEN and FLIPT_JWT_TOKEN are both set/);
  const other = await command(["list", "--snapshot", path, "--namespace", "b"]);
  assert.deepEqual([other.code, /has the namespace "a", and no namespace "b"/.test(other.errors)], [3, true]);
});

test("a file with several namespaces wants one to be chosen", async () => {
  const path = join(folder, "several.yml");
  writeFileSync(path, "namespace: a\nflags: []\n---\nnamespace: b\nflags: []\n");
  const { code, errors } = await command(["list", "--file", path]);
  assert.equal(code, 2, errors);
  assert.match(errors, /has the namespaces "a", "b": choose one with --namespace/);
  assert.equal((await command(["list", "--file", path, "-n", "b"])).code, 0);
});

test("importing the command line does nothing", async () => {
  // This process has imported it, and it has neither printed nor set a status.
  assert.equal(process.exitCode ?? 0, 0);
  assert.equal((await command(["--version"])).code, 0);
});
