// What the command line makes of words: options, operands, help, suggestions; and the archives it reads.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { crc32, deflateRawSync } from "node:zlib";
import { COMMANDS } from "../../cli/commands.ts";
import { exitCodes } from "../../cli/exit_codes.ts";
import { REFERENCE_HASHES } from "../../cli/reference_wheel.ts";
import { zipMember } from "../../cli/zip.ts";
import {
  REFERENCE_VERSION,
  referenceLibraryPlace,
} from "../../engines/flipt_engine_ffi/installed_library.ts";
import { version } from "../../core/version.ts";
import { ensureReferenceLibrary } from "../../tasks/reference_library.ts";
import { cli, command } from "../support/cli.ts";

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

test("an option of one name is of one type in all commands, and so is its letter", () => {
  const types = new Map<string, string>();
  const letters = new Map<string, string>();
  for (const group of COMMANDS.flatMap(({ options }) => options)) {
    for (const [name, { type, short }] of Object.entries(group.options)) {
      assert.equal(types.get(name) ?? type, type, name);
      types.set(name, type);
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
    [["list", "--library", "x.so"], /--library is of use only with the option engine/],
    [
      ["list", "--cert", "x.pem", "--url", "https://localhost"],
      /TLS has a client certificate without its key: give --key\n/,
    ],
    [["list", "--ca", "x.pem"], /TLS is of use only with a url that starts with https/],
    [["list", "--url", "http://user:hunter2@host"], /--url must not have a user name or password/],
    [["list", "--token", "two words hunter2"], /the authentication has a clientToken with a space/],
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

/** A zip archive with one member. */
function zip(name: string, content: Uint8Array, method: 0 | 8 = 8): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  const packed = method === 0 ? content : new Uint8Array(deflateRawSync(content));
  const header = (signature: number, extra: number): DataView => {
    const view = new DataView(new ArrayBuffer(extra));
    view.setUint32(0, signature, true);
    return view;
  };
  const local = header(0x04034b50, 30);
  const entry = header(0x02014b50, 46);
  for (const [view, at] of [[local, 8], [entry, 10]] as const) {
    view.setUint16(at, method, true);
    view.setUint32(at + 6, crc32(content), true);
    view.setUint32(at + 10, packed.length, true);
    view.setUint32(at + 14, content.length, true);
    view.setUint16(at + 18, bytes.length, true);
  }
  const end = header(0x06054b50, 22);
  end.setUint16(8, 1, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, 46 + bytes.length, true);
  end.setUint32(16, 30 + bytes.length + packed.length, true);
  return Uint8Array.from(
    [local, bytes, packed, entry, bytes, end].flatMap((part) =>
      part instanceof DataView ? [...new Uint8Array(part.buffer)] : [...part]
    ),
  );
}

test("a member of an archive comes out as it went in", () => {
  const content = new TextEncoder().encode("the library ".repeat(50));
  for (const method of [0, 8] as const) {
    assert.deepEqual(
      new Uint8Array(zipMember(zip("ext/lib.so", content, method), "ext/lib.so", "w.whl")),
      content,
    );
  }
  assert.throws(
    () => zipMember(zip("other", content), "ext/lib.so", "w.whl"),
    /^FliptError: w\.whl does not contain ext\/lib\.so$/,
  );
});

test("a damaged archive is an error that says so, wherever the damage is", () => {
  const content = new TextEncoder().encode("the library ".repeat(5));
  const whole = zip("lib.so", content);
  const attempt = (archive: Uint8Array): void => {
    try {
      zipMember(archive, "lib.so", "w.whl");
    } catch (error) {
      assert.match(
        String(error),
        /^FliptError: w\.whl (is not a zip archive, or is damaged|does not contain lib\.so)$/,
      );
    }
  };
  for (let length = 0; length < whole.length; length++) attempt(whole.subarray(0, length));
  for (let at = 0; at < whole.length; at++) {
    for (const byte of [0x00, 0x7f, 0xff]) {
      const damaged = whole.slice();
      damaged[at] = byte;
      attempt(damaged);
    }
  }
  assert.throws(
    () => zipMember(new Uint8Array(100), "lib.so", "w.whl"),
    /is not a zip archive, or is damaged/,
  );
});

test("engine install takes a wheel, checks the library, and the client finds it", {
  skip: referenceLibrary() === undefined && "there is no reference library here",
}, async () => {
  const { target, fileName } = referenceLibraryPlace(undefined);
  const library = readFileSync(referenceLibrary() ?? "");
  const environment = { XDG_CACHE_HOME: join(folder, "cache"), FLIPT_ENGINE_PATH: undefined };
  const wrong = join(folder, "wrong.whl");
  writeFileSync(wrong, zip(`ext/${target}/${fileName}`, library.subarray(0, 1000)));
  const refused = await cli(["engine", "install", "--wheel", wrong], { environment });
  assert.equal(refused.code, 1);
  assert.match(
    refused.errors,
    new RegExp(`has the SHA-256 [0-9a-f]{64}, not ${REFERENCE_HASHES[target]}: it must be`),
  );
  assert.equal((await cli(["engine", "install", "--wheel", "/nowhere.whl"], { environment })).code, 3);

  const asked = [
    "evaluate",
    "dark-mode",
    "--entity",
    "u",
    "--snapshot",
    shopFile,
    "--value",
    "--engine",
    "flipt-engine-ffi",
  ];
  const before = await cli(asked, { environment });
  assert.equal(before.code, 1);
  assert.match(
    before.errors,
    /the engine flipt-engine-ffi needs its library: get it with "flipt-ffi engine install"/,
  );

  const wheel = join(folder, "flipt_client.whl");
  writeFileSync(wheel, storedWheel(`ext/${target}/${fileName}`, library));
  const installed = await cli(["engine", "install", "--wheel", wheel, "--json"], { environment });
  assert.equal(installed.code, 0, installed.errors);
  const { path, sha256, wasThere } = JSON.parse(installed.output);
  assert.deepEqual([sha256, wasThere], [REFERENCE_HASHES[target], false]);
  assert.ok(existsSync(path) && path.includes(REFERENCE_VERSION));
  assert.equal(
    JSON.parse((await cli(["engine", "install", "--json"], { environment })).output).wasThere,
    true,
  );

  const found = await cli(asked, { environment });
  assert.deepEqual([found.code, found.output, found.errors], [0, "true\n", ""]);
  const report = JSON.parse((await cli(["doctor", "--offline", "--json"], { environment })).output);
  assert.notEqual(report.chosen.kind, "flipt-engine-ffi");
});

/** The reference library of the tests, where it can be had. */
function referenceLibrary(): string | undefined {
  try {
    return ensureReferenceLibrary();
  } catch {
    return undefined;
  }
}

/** A wheel that need not be packed, which would take seconds. */
function storedWheel(name: string, content: Uint8Array): Uint8Array {
  const small = zip(name, content.subarray(0, 0), 0);
  const names = new TextEncoder().encode(name).length;
  const head = small.slice(0, 30 + names);
  const tail = small.slice(30 + names);
  const [localView, tailView] = [new DataView(head.buffer), new DataView(tail.buffer)];
  for (const [view, at] of [[localView, 18], [tailView, 20]] as const) {
    view.setUint32(at, content.length, true);
    view.setUint32(at + 4, content.length, true);
  }
  tailView.setUint32(46 + names + 16, 30 + names + content.length, true);
  const archive = new Uint8Array(head.length + content.length + tail.length);
  archive.set(head);
  archive.set(content, head.length);
  archive.set(tail, head.length + content.length);
  return archive;
}
