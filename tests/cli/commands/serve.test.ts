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

test("serve has a page with answers and explanations, and asks for no other server", noSignals, async () => {
  const running = new Running(["serve", file("paged.yml", features), "--port", "0", "--json", "--requests"]);
  const { url } = await event(running, "start");
  try {
    const page = await fetch(`${url}/`);
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'.*connect-src 'self'/);
    assert.doesNotMatch(await page.text(), /(?:src|href)="(?!data:,")/);
    const flags = await (await fetch(`${url}/page/flags?entity=user-1&c=country%3DNL`)).json();
    assert.deepEqual(flags.namespaces, [{
      key: "shop",
      flags: [{
        key: "dark-mode",
        type: "boolean",
        answer: "on",
        why: "the flag has no rollouts and is enabled",
      }],
    }]);
    assert.equal((await fetch(`${url}/page/flags?entity=user-1&since=${flags.version}`)).status, 204);
    const explanation = await fetch(`${url}/page/explanation?namespace=shop&flag=dark-mode&entity=user-1`);
    assert.match(
      await explanation.text(),
      /^boolean flag "dark-mode" of namespace "shop", enabled\nentity "user-1"/,
    );
    assert.equal((await fetch(`${url}/page/explanation?namespace=shop&flag=nope`)).status, 404);
    assert.equal((await fetch(`${url}/page/nope`)).status, 404);
  } finally {
    running.child.kill("SIGINT");
  }
  const ended = await running.ended;
  assert.equal(ended.errors, "");
  // The page asks every second: that is nothing to log.
  assert.deepEqual(ended.output.match(/"path":"[^"]*"/g), ['"path":"/page/nope"']);
});

test("serve lets in who has the token, and behaves as Flipt v1 where it is told to", noSignals, async () => {
  const path = file("guarded.yml", features);
  const secret = file("token.txt", `${token}\n`);
  const running = new Running(
    ["serve", path, "--port", "0", "--json", "--token-file", secret, "--flipt-version", "1"],
    { environment: {} },
  );
  const { url } = await event(running, "start");
  assert.equal((await fetch(`${url}/`)).status, 404);
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
