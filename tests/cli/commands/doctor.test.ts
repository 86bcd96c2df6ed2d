// `flipt-ffi doctor`: what it tells of a server and the engines, and how it ends.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { cli, command } from "../../support/cli.ts";
import { CliShop, token } from "../../support/cli_shop.ts";
import { shopDocument } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

const shop = await CliShop.open();
after(() => shop.close());
const { environment, output, quickly } = shop;

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
  assert.match(text, /\nno problems found\n/);
  for (const shown of [text, JSON.stringify(report)]) assert.ok(!shown.includes(token));
});

test("doctor tells the server's version where the server does", async () => {
  await using own = await FliptServer.start();
  own.setDocument("default", { ...shopDocument(), namespace: { key: "default" } });
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

test("doctor tells a reason once, and that the native engine is missing where all else is well", {
  skip: !("Deno" in globalThis) && "only Deno has permissions",
}, async () => {
  const { code, output } = await cli(["doctor", "--offline"], {
    environment: {},
    permissions: ["--allow-read", "--allow-env", "--allow-sys"],
  });
  assert.equal(code, 0, output);
  assert.match(output, /\nnative +not available: Deno runs without FFI permission/);
  assert.match(output, /\n {2}reason +the same as for native\n/);
  assert.match(output, /\nno problems found\nthe native engine, which is faster, is not available here/);
});
