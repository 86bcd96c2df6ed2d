// `flipt-ffi snapshot`: what pull keeps, show and diff read.

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { command } from "../../support/cli.ts";
import { CliShop, shopFile } from "../../support/cli_shop.ts";
import { shopDocument, withFlag } from "../../support/runtime.ts";

const shop = await CliShop.open();
after(() => shop.close());
const { environment, file, folder, output, quickly } = shop;

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
