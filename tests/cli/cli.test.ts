// The command line, run as a user runs it: what each command prints, how it ends, and what it never shows.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { CliResult, RunningCli } from "../support/cli.ts";
import { certificates, missingOpenssl, TlsFront } from "../support/certificates.ts";
import { cli, command, RunningCli as Running } from "../support/cli.ts";
import { shopDocument, withFlag } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-cli-"));
const shopFile = fileURLToPath(new URL("../fixtures/shop/v2.json", import.meta.url));
const token = "open-sesame-9f8e7d";
const features = `
version: "1.4"
namespace: shop
flags:
  - key: dark-mode
    name: Dark mode
    type: BOOLEAN_FLAG_TYPE
    enabled: true
`;
// deno-lint-ignore no-control-regex
const escape = /\u001b/;
const noSignals = { skip: process.platform === "win32" && "Windows ends a process without asking it" };

let server: FliptServer;
let environment: Record<string, string>;

before(async () => {
  server = await FliptServer.start({ authorizations: [`Bearer ${token}`] });
  server.setDocument("shop", shopDocument());
  environment = { FLIPT_URL: server.url, FLIPT_NAMESPACE: "shop", FLIPT_CLIENT_TOKEN: token };
});

after(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A file in the folder of the tests. */
function file(name: string, text?: string): string {
  const path = join(folder, name);
  if (text !== undefined) writeFileSync(path, text);
  return path;
}

/** What a command printed that had to succeed. */
async function output(args: readonly string[], options = {}): Promise<string> {
  const result = await cli(args, { environment, ...options });
  assert.equal(result.code, 0, result.errors);
  return result.output;
}

/** The same within this process. */
async function quickly(args: readonly string[], options = {}): Promise<string> {
  const result = await command(args, { environment, ...options });
  assert.equal(result.code, 0, result.errors);
  return result.output;
}

/** An event that a command printed as a line of JSON. */
async function event(running: RunningCli, name: string): Promise<Record<string, unknown>> {
  const [line] = await running.printed(new RegExp(`^\\{.*"event":"${name}".*\\}$`, "m"));
  return JSON.parse(line);
}

const request = [
  "checkout-flow",
  "--entity",
  "user-1",
  "-c",
  "country=NL",
  "-c",
  "consent=yes",
  "-c",
  "orders=3",
  "-c",
  "tier=1",
];

test("evaluate asks a server and prints the answer, for people and as JSON", async () => {
  const text = await output(["evaluate", ...request]);
  assert.match(text, /^checkout-flow {2}(classic|one-page|express)\n/);
  assert.match(text, /\nsegments +eu-visitors, returning\n/);
  assert.doesNotMatch(text, escape);
  const answer = JSON.parse(await quickly(["evaluate", ...request, "--json"]));
  assert.equal(answer.flagKey, "checkout-flow");
  assert.equal(answer.match, true);
  assert.deepEqual(answer.segmentKeys, ["eu-visitors", "returning"]);
});

test("evaluate asks a snapshot or a file of flags, without a server", async () => {
  const path = file("offline.yml", features);
  assert.equal(
    await output(["evaluate", "dark-mode", "--entity", "u", "--file", path, "--value"], { environment: {} }),
    "true\n",
  );
  const piped = await output(["evaluate", "dark-mode", "--entity", "u", "--snapshot", "-", "--json"], {
    input: readFileSync(shopFile, "utf8"),
    environment: {},
  });
  assert.equal(JSON.parse(piped).enabled, true);
});

test("evaluate takes its context from a file, and what was typed before that", async () => {
  const context = file("context.json", JSON.stringify({ employee: true, country: "NL" }));
  const from = ["evaluate", "checkout-flow", "--entity", "u", "--context-file", context, "--value"];
  assert.equal(await quickly(from), "express\n");
  assert.notEqual(await quickly([...from, "--context", "employee=false"]), "express\n");
});

test("evaluate --check ends with 6 for a flag that is off", async () => {
  const off = await command(["evaluate", "kill-switch", "--entity", "u", "--check", "--value"], {
    environment,
  });
  assert.deepEqual([off.code, off.output], [6, "false\n"]);
});

test("explain says why, for people and as JSON", async () => {
  const text = await output(["explain", ...request]);
  assert.match(text, /^variant flag "checkout-flow" of namespace "shop"/);
  assert.match(text, /rule 2: matched/);
  const { type, rules, result } = JSON.parse(await quickly(["explain", ...request, "--json"]));
  assert.deepEqual([type, rules[1].status, result.flagKey], ["variant", "matched", "checkout-flow"]);
});

test("list prints a table without colours into a pipe, and JSON", async () => {
  const text = await output(["list"]);
  assert.match(text, /^flag +type +enabled +default +description\nbanner +variant +no +winter/);
  assert.doesNotMatch(text, escape);
  const flags = JSON.parse(await quickly(["list", "--json"]));
  assert.equal(flags.length, shopDocument().flags.length);
  assert.equal(flags[0].key, "banner");
});

test("colours come with FORCE_COLOR", async () => {
  const text = await output(["list", "--snapshot", shopFile], { environment: { FORCE_COLOR: "1" } });
  assert.match(text, escape);
});

test("a flag whose key would move a terminal's cursor is shown harmlessly", async () => {
  const key = "evil\u001b[2J\nkey";
  const document = { namespace: { key: "default" }, flags: [{ key, name: "", enabled: true }] };
  const path = file("evil.json", JSON.stringify(document));
  for (
    const args of [["list", "--snapshot", path], ["snapshot", "show", path], [
      "evaluate",
      key,
      "--entity",
      "u",
      "--snapshot",
      path,
    ]]
  ) {
    const text = await quickly(args);
    assert.ok(text.includes("evil\\u001b[2J\\u000akey"), text);
  }
});

test("snapshot pull keeps a state that show, diff and evaluate read, readable for its owner only", async () => {
  const path = join(folder, "shop.snapshot");
  const pulled = JSON.parse(await output(["snapshot", "pull", "-o", path, "--json"]));
  assert.deepEqual([pulled.file, pulled.namespace, pulled.flags], [
    path,
    "shop",
    shopDocument().flags.length,
  ]);
  if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(await output(["snapshot", "pull"]), `${readFileSync(path, "utf8")}\n`);

  assert.match(
    await output(["snapshot", "show", path]),
    /checkout-flow {2}variant, enabled\n {2}rule 1: staff -> express 100 %/,
  );
  const document = JSON.parse(await output(["snapshot", "show", path, "--json"]));
  assert.equal(document.namespace.key, "shop");

  const same = await command(["snapshot", "diff", path, shopFile, "--check"], { environment });
  assert.deepEqual([same.code, same.output, same.errors], [0, "", "no differences\n"]);
  const changed = withFlag(shopDocument(), "dark-mode", { enabled: false });
  const other = file(
    "other.json",
    JSON.stringify({ ...changed, flags: changed.flags.filter(({ key }) => key !== "banner") }),
  );
  const different = await command(["snapshot", "diff", path, other, "--check"], { environment });
  assert.deepEqual([different.code, different.output], [
    6,
    "- banner\n~ dark-mode\n    enabled  true -> false\n",
  ]);
  const changes = JSON.parse(await quickly(["snapshot", "diff", other, "--json"]));
  assert.deepEqual(changes, [
    { key: "banner", change: "added", differences: [] },
    { key: "dark-mode", change: "changed", differences: [{ path: "enabled", before: false, after: true }] },
  ]);
});

test(
  "watch tells of each change as it is streamed, and ends well when it is interrupted",
  noSignals,
  async () => {
    server.setDocument("watched", { ...shopDocument(), namespace: { key: "watched" } });
    const running = new Running(["watch", "-n", "watched", "--json"], { environment });
    const start = await event(running, "start");
    assert.deepEqual([start["namespace"], start["mode"]], ["watched", "streaming"]);
    await until(() => server.streams > 0);
    const changed = withFlag({ ...shopDocument(), namespace: { key: "watched" } }, "dark-mode", {
      enabled: false,
    });
    server.push("watched", changed);
    const { changes } = await event(running, "update");
    assert.deepEqual(changes, [
      { key: "dark-mode", change: "changed", differences: [{ path: "enabled", before: true, after: false }] },
    ]);
    const { code, errors } = await running.end("SIGINT");
    assert.deepEqual([code, errors], [0, ""]);
  },
);

test("watch polls where it is told to, and goes on where the server goes away", noSignals, async () => {
  await using own = await FliptServer.start();
  own.setDocument("shop", shopDocument());
  const running = new Running(["watch", "--poll", "--interval", "0.1"], {
    environment: { ...environment, FLIPT_URL: own.url },
  });
  await running.printed(/watching 8 flags in the namespace shop of .* \(polling\)\n/);
  own.setDocument("shop", withFlag(shopDocument(), "dark-mode", { enabled: false }));
  await running.printed(/1 flag changed\n~ dark-mode\n {4}enabled {2}true -> false\n/);
  own.answerAlways({ status: 403 });
  await running.printed(/answered 403/);
  own.answerAlways(undefined);
  own.setDocument("shop", shopDocument());
  await running.printed(/enabled {2}false -> true\n/);
  const { code, errors } = await running.end("SIGTERM");
  assert.deepEqual([code, errors], [0, ""]);
});

test("watch follows a file", noSignals, async () => {
  const path = file("watched.yml", features);
  const running = new Running(["watch", "--file", path, "--json"], { environment: {} });
  await event(running, "start");
  // A watcher may need a moment until it sees the first change.
  const timer = setInterval(
    () => writeFileSync(path, features.replace("enabled: true", "enabled: false")),
    200,
  );
  const { changes } = await event(running, "update");
  clearInterval(timer);
  assert.equal((changes as { key: string }[])[0]?.key, "dark-mode");
  assert.equal((await running.end("SIGINT")).code, 0);
});

test("serve answers polling and streaming clients, follows its file, and ends well", noSignals, async () => {
  const path = file("served.yml", features);
  const running = new Running(["serve", path, "--port", "0", "--json"], { environment: {} });
  const { url, namespaces } = await event(running, "start");
  assert.deepEqual(namespaces, { shop: 1 });
  const from = { FLIPT_URL: String(url), FLIPT_NAMESPACE: "shop" };
  const asked = `${url}/internal/v1/evaluation/snapshot/namespace/shop`;
  const first = await fetch(asked);
  const etag = first.headers.get("etag") ?? "";
  assert.equal((await first.json()).flags[0].enabled, true);
  assert.equal((await fetch(asked, { headers: { "if-none-match": etag } })).status, 304);

  const stream = await fetch(`${url}/client/v2/environments/default/namespaces/shop/stream`);
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  const pushed = async (): Promise<unknown> => {
    const { value } = await reader.read();
    return JSON.parse(new TextDecoder().decode(value)).result.flags[0].enabled;
  };
  assert.equal(await pushed(), true);
  const watching = new Running(["watch", "--json"], { environment: from });
  assert.equal((await event(watching, "start"))["mode"], "streaming");
  // A watcher may need a moment until it sees the first change.
  const timer = setInterval(
    () => writeFileSync(path, features.replace("enabled: true", "enabled: false")),
    200,
  );
  await event(running, "update");
  assert.equal(await pushed(), false);
  await event(watching, "update");
  await reader.cancel();
  clearInterval(timer);

  writeFileSync(path, "flags: 7\n");
  const { message } = await event(running, "error");
  assert.match(String(message), /served\.yml/);
  assert.equal(
    await output(["evaluate", "dark-mode", "--entity", "u", "--value"], { environment: from }),
    "false\n",
  );

  assert.deepEqual(await watching.end("SIGTERM").then(({ code, errors }) => [code, errors]), [0, ""]);
  assert.deepEqual(await running.end("SIGINT").then(({ code, errors }) => [code, errors]), [0, ""]);
});

test("serve lets in who has the token, and behaves as Flipt v1 where it is told to", noSignals, async () => {
  const path = file("guarded.yml", features);
  const secret = file("token.txt", `${token}\n`);
  const running = new Running(
    ["serve", path, "--port", "0", "--json", "--token-file", secret, "--flipt-version", "1"],
    { environment: {} },
  );
  const { url } = await event(running, "start");
  const from = { FLIPT_URL: String(url), FLIPT_NAMESPACE: "shop" };
  assert.equal((await cli(["list"], { environment: from })).code, 5);
  const report = JSON.parse(
    await output(["doctor", "--token-file", "-", "--json"], { environment: from, input: token }),
  );
  assert.equal(report.server.authentication, "accepted");
  assert.equal(report.server.streams, false);
  const taken = await cli(["serve", path, "--port", new URL(String(url)).port], { environment: {} });
  assert.equal(taken.code, 1);
  assert.match(taken.errors, /the port is in use; choose another one with --port/);
  const ended = await running.end("SIGINT");
  assert.deepEqual([ended.code, ended.errors], [0, ""]);
  assert.ok(!ended.output.includes(token));
});

test("types writes what a program declares, leaves a file alone that is up to date, and checks it", async () => {
  const path = join(folder, "flags.ts");
  const args = ["types", "-o", path];
  const missing = await command([...args, "--check"], { environment });
  assert.deepEqual([missing.code, missing.errors], [
    6,
    `${path} is not up to date: run the command again without --check\n`,
  ]);
  assert.equal(await output([...args, "--name", "Shop"]), "");
  const text = readFileSync(path, "utf8");
  assert.match(text, /^\/\/ Generated by flipt-ffi types from the flags of the namespace "shop"/);
  assert.match(text, /\nexport interface Shop \{\n/);
  assert.match(text, /\n {2}"dark-mode": \{ type: "boolean" \};\n/);
  const { mtimeMs } = statSync(path);
  const again = JSON.parse(await quickly([...args, "--name", "Shop", "--check", "--json"]));
  assert.deepEqual([again.wasCurrent, statSync(path).mtimeMs], [true, mtimeMs]);
  assert.equal(await quickly(["types", "--name", "Shop"]), text);
  const bad = await command(["types", "--name", "not a name"], { environment });
  assert.deepEqual([bad.code, /^flipt-ffi: --name: /.test(bad.errors)], [2, true]);
});

test("doctor tells what a bug report needs, and no secrets", async () => {
  const report = JSON.parse(await output(["doctor", "--json"]));
  assert.match(report.runtime, /^(Deno|Bun|Node) \d/);
  assert.deepEqual(
    report.variables.filter((name: string) => name.startsWith("FLIPT_")),
    Object.keys(environment).sort(),
  );
  const portable = report.engines.find(({ kind }: { kind: string }) => kind === "portable");
  assert.equal(portable.available, true);
  const { reachable, authentication, token: kind, streams, flags } = report.server;
  assert.deepEqual([reachable, authentication, kind, streams, flags], [
    true,
    "accepted",
    "client token",
    true,
    8,
  ]);
  const text = await quickly(["doctor"]);
  assert.match(text, /\nauthentication +accepted\n/);
  assert.match(text, /\nno problems found\n$/);
  for (const shown of [text, JSON.stringify(report)]) assert.ok(!shown.includes(token));
});

test("a server behind TLS is asked with the authority and the certificate that are named", {
  skip: missingOpenssl(),
}, async () => {
  const { server: identity, client, authority } = certificates();
  const front = await TlsFront.start(server.url, {
    cert: identity.cert,
    key: identity.key,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  try {
    const ca = authority.certFile;
    const known = ["--cert", client.certFile, "--key", client.keyFile];
    const args = ["list", "--url", front.url, "--ca", ca];
    assert.match(await quickly([...args, ...known]), /^flag +type/);
    assert.equal((await command([...args, "--timeout", "5"], { environment })).code, 4);
    const untrusted = await command(["doctor", "--url", front.url, "--ca", known[1] ?? "", ...known], {
      environment,
    });
    assert.deepEqual([untrusted.code, /problem .*certificate/.test(untrusted.output)], [4, true]);
    assert.match(await quickly(["list", "--url", front.url, "--insecure-skip-verify", ...known]), /^flag/);
    const missing = await command(["list", "--url", front.url, "--ca", "/nowhere/ca.pem"], { environment });
    assert.deepEqual([missing.code, /--ca|caCertFile/.test(missing.errors)], [2, true]);
  } finally {
    await front.close();
  }
});

test("doctor tells the server's version where the server does", async () => {
  await using own = await FliptServer.start();
  own.setDocument("default", shopDocument());
  for (
    const [info, version] of [[{ version: "v1.61.1" }, "v1.61.1"], [
      { build: { version: "v2.11.0" } },
      "v2.11.0",
    ]]
  ) {
    own.answerAlways(({ path }) => path === "/meta/info" ? { body: JSON.stringify(info) } : undefined);
    const { server: report } = JSON.parse(
      await quickly(["doctor", "--json"], { environment: { FLIPT_URL: own.url } }),
    );
    assert.equal(report.version, version);
  }
});

test("doctor ends with the status of what is wrong", async () => {
  const refused = await command(["doctor", "--json"], {
    environment: { ...environment, FLIPT_CLIENT_TOKEN: "another-word" },
  });
  assert.equal(refused.code, 5);
  assert.equal(JSON.parse(refused.output).server.authentication, "refused");
  assert.ok(!refused.output.includes("another-word"));
  const engine = await command(["doctor", "--offline", "--engine", "native", "--library", "/nowhere/lib.so"]);
  assert.equal(engine.code, 1);
  assert.match(engine.output, /\nproblem {2}.*\/nowhere\/lib\.so/);
  assert.equal((await command(["doctor", "--offline"])).code, 0);
});

test("a failure ends with its status and one sentence, without a stack or the token", async () => {
  const gone = await FliptServer.start();
  await gone.close();
  const silent = await FliptServer.start();
  silent.answerAlways({ hang: "head" });
  const wrong = "wrong-word-123456";
  const cases: [args: string[], variables: Record<string, string>, code: number, message: RegExp][] = [
    [["list", "--url", gone.url], {}, 4, /^flipt-ffi: could not reach http:/],
    [
      ["list", "--url", silent.url, "--timeout", "0.3"],
      {},
      4,
      /^flipt-ffi: .* did not respond within 0\.3 s/,
    ],
    [["list"], { FLIPT_CLIENT_TOKEN: wrong }, 5, /answered 401: .*check --token-file or FLIPT_CLIENT_TOKEN/],
    [["list", "--token", wrong], {}, 5, /answered 401/],
    [["list", "--namespace", "nope"], {}, 3, /answered 404.*check that there is a namespace "nope"/],
    [
      ["evaluate", "darkmode", "--entity", "u"],
      {},
      3,
      /no flag "darkmode" in the namespace "shop"; did you mean "dark-mode"\?/,
    ],
    [["snapshot", "show", "/nowhere/x.snapshot"], {}, 3, /there is no file \/nowhere\/x\.snapshot/],
    [["list", "--file", "/nowhere/features.yml"], {}, 3, /there is no file or folder \/nowhere/],
    [["list", "--snapshot", file("bad.snapshot", "not base64!")], {}, 1, /bad\.snapshot is not a flag state/],
    [["list", "--url", "ftp://x"], {}, 2, /^flipt-ffi: --url must be a URL that starts with http/],
    [["list", "--engine", "steam"], {}, 2, /^flipt-ffi: --engine must be one of/],
    [
      ["list", "--token", wrong, "--jwt", wrong],
      {},
      2,
      /--token and --jwt cannot be combined: give one of them/,
    ],
    [["list", "--token-file", "-"], {}, 2, /there is no token in stdin/],
  ];
  try {
    await Promise.all(cases.map(async ([args, variables, code, message], index) => {
      const run = index < 3 ? cli : command;
      const result = await run(args, { environment: { ...environment, ...variables } });
      assert.equal(result.code, code, result.errors);
      assert.match(result.errors, message);
      assert.equal(result.output, "");
      assert.doesNotMatch(result.errors, /\n\s+at |wrong-word|open-sesame/);
    }));
  } finally {
    await silent.close();
  }
});

test("--debug shows the stack, and --json makes one line of an error", async () => {
  const args = ["list", "--namespace", "nope"];
  const debug = await command([...args, "--debug"], { environment });
  assert.match(debug.errors, /FetchError: .*\n\s+at /);
  assert.ok(!debug.errors.includes(token));
  const json = await command([...args, "--json"], { environment });
  const { error } = JSON.parse(json.errors);
  assert.deepEqual([json.code, error.name, error.exitCode, json.errors.trimEnd().split("\n").length], [
    3,
    "FetchError",
    3,
    1,
  ]);
});

test("a reader that goes away is no error", async () => {
  const list = new Running(["list", "--json", "--snapshot", shopFile]);
  list.child.stdout?.destroy();
  assert.deepEqual(await list.ended.then(({ code, errors }) => [code, errors]), [0, ""]);

  const running = new Running(["watch", "--poll", "--interval", "0.1", "--json"], { environment });
  await event(running, "start");
  running.child.stdout?.destroy();
  // What it has to tell now cannot be told any more.
  let on = true;
  const timer = setInterval(() => {
    on = !on;
    server.setDocument("shop", withFlag(shopDocument(), "dark-mode", { enabled: on }));
  }, 100);
  const { code, errors } = await running.ended;
  clearInterval(timer);
  server.setDocument("shop", shopDocument());
  assert.deepEqual([code, errors], [0, ""]);
});

test("on Deno a command needs no more permissions than what it does", {
  skip: !("Deno" in globalThis) && "only Deno has them",
}, async () => {
  const { host } = new URL(server.url);
  const limited = (permissions: string[], args: string[]): Promise<CliResult> =>
    cli(args, { environment, permissions: ["--no-prompt", ...permissions] });
  const place = ["--url", server.url, "--namespace", "shop"];
  const refused = await limited([`--allow-net=${host}`], ["list", ...place]);
  assert.equal(refused.code, 5, refused.errors);
  const listed = await limited([`--allow-net=${host}`, "--allow-env=FLIPT_CLIENT_TOKEN"], ["list", ...place]);
  assert.deepEqual([listed.code, listed.errors], [0, ""]);
  const read = await limited([`--allow-read=${shopFile}`], ["list", "--snapshot", shopFile]);
  assert.deepEqual([read.code, read.output], [0, listed.output]);
  // Without any permission's name, Deno gives a child process all that the test itself has.
  const elsewhere = ["--allow-net=elsewhere.invalid"];
  const alone = await limited(elsewhere, ["doctor", "--offline"]);
  assert.equal(alone.code, 0, alone.errors);
  assert.match(alone.output, /not available: Deno runs without FFI permission/);
  const unread = await limited(elsewhere, ["list", "--snapshot", shopFile]);
  assert.deepEqual([unread.code, /--allow-read/.test(unread.errors)], [1, true]);
});

/** Looks again and again until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}
