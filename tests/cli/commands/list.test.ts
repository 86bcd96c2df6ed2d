// `flipt-ffi list`: its table, its colours, and what it never passes on to a terminal.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CliShop, escape, shopFile } from "../../support/cli_shop.ts";
import { shopDocument } from "../../support/runtime.ts";

const shop = await CliShop.open();
after(() => shop.close());
const { file, output, quickly } = shop;

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
