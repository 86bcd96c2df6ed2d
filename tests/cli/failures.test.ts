// How a command ends that cannot do its work: statuses, messages, stacks, readers that go away, and permissions.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { CliResult } from "../support/cli.ts";
import { cli, command, RunningCli as Running } from "../support/cli.ts";
import { CliShop, event, shopFile, token } from "../support/cli_shop.ts";
import { shopDocument, withFlag } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const shop = await CliShop.open();
after(() => shop.close());
const { environment, file, server } = shop;

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
