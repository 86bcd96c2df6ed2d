// `flipt-ffi serve`: a server that is made of a file.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { cli, RunningCli as Running } from "../../support/cli.ts";
import { CliShop, event, features, noSignals, token } from "../../support/cli_shop.ts";

const shop = await CliShop.open();
after(() => shop.close());
const { file, output } = shop;

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
