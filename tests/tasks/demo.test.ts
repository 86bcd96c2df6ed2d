// The demo, run as a user runs it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ownRuntime, titleOf } from "../../tasks/runtimes.ts";
import { tableLines } from "../../tasks/table.ts";
import { shopDocument } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const runtimeArguments = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];

/** Runs the demo on the runtime of the test. */
async function demo(...args: string[]): Promise<{ code: unknown; output: string; errors: string }> {
  const child = spawn(process.execPath, [...runtimeArguments, "tasks/demo.ts", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors += text);
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, output, errors };
}

test("the demo reaches every rule, follows a change and goes on without its server", async () => {
  const { code, output, errors } = await demo("--");
  assert.equal(code, 0, errors);
  assert.ok(output.startsWith(`runtime  ${titleOf(ownRuntime())}\nengine   `), output);
  const reached = [
    /checkout-flow +variant/,
    /express +staff/,
    /classic +eu-visitors \+ returning/,
    /one-page +eu-visitors \+ returning/,
    /express +eu-visitors \+ returning/,
    /one-page +mobile/,
    /one-page +young-account/,
    /classic +everyone/,
    /bm25 +everyone/,
    /vector +everyone/,
    /winter +the flag is disabled/,
    /no-rules +variant +- +no rule/,
    /on +staff/,
    /off +blocked-regions/,
    /off +bots/,
    /on +big-basket \+ returning/,
    /on +a threshold/,
    /off +the default/,
    /kill-switch +boolean +off +the flag is disabled/,
    /dark-mode +boolean +on +the default/,
    /off +a threshold/,
    /\nchanged {2}dark-mode is turned off on the server; .* followed after \d+ ms\n/,
    /\noffline {2}the server is stopped: could not reach http:/,
    /all 32,000 answers are the same as before\n$/,
  ];
  for (const part of reached) assert.match(output, part);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(output, /\u001b/);
});

test("the demo asks a real server when told where it is", async () => {
  await using server = await FliptServer.start({ authorizations: ["Bearer open-sesame"] });
  server.setDocument("store", { ...shopDocument(), namespace: { key: "store" } }, { environment: "live" });
  const place = [
    "--url",
    server.url,
    "--namespace",
    "store",
    "--environment",
    "live",
    "--engine",
    "portable",
  ];
  const { code, output, errors } = await demo(...place, "--token", "open-sesame");
  assert.equal(code, 0, errors);
  assert.match(output, new RegExp(`flags    the namespace store of ${server.url}\n`));
  assert.match(output, /price-test +boolean/);
  assert.doesNotMatch(output, /the server is gone/);

  const refused = await demo(...place, "--token", "wrong-word");
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /^the demo failed: .* answered 401: request was not authenticated; /);
  assert.doesNotMatch(refused.errors, /wrong-word/);
});

test("the demo says what is wrong and fails when it cannot do what it is told", async () => {
  const cases: [args: string[], code: number, message: RegExp][] = [
    [["--engine", "steam"], 1, /^the demo failed: .*\n- engine must be one of "auto", /],
    [["--namespace", "shop"], 2, /^--namespace needs --url\n\nusage: /],
  ];
  for (const [args, status, message] of cases) {
    const { code, errors } = await demo(...args);
    assert.equal(code, status);
    assert.match(errors, message);
  }
});

test("the demo explains itself", async () => {
  const { code, output } = await demo("--help");
  assert.equal(code, 0);
  assert.match(output, /--url <url> +the server/);
});

test("a table's columns are as wide as their widest cell", () => {
  const columns = [{ title: "flag" }, { title: "ns", align: "right" }] as const;
  assert.deepEqual(tableLines(columns, [["a", "7"], ["longer", "1234"], ["österreich", ""]]), [
    "flag          ns",
    "a              7",
    "longer      1234",
    "österreich",
  ]);
});
