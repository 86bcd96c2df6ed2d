// `flipt-ffi explain`.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CliShop, request } from "../../support/cli_shop.ts";

const shop = await CliShop.open();
after(() => shop.close());
const { output, quickly } = shop;

test("explain says why, for people and as JSON", async () => {
  const text = await output(["explain", ...request]);
  assert.match(text, /^variant flag "checkout-flow" of namespace "shop"/);
  assert.match(text, /rule 2: matched/);
  const { type, rules, result } = JSON.parse(await quickly(["explain", ...request, "--json"]));
  assert.deepEqual([type, rules[1].status, result.flagKey], ["variant", "matched", "checkout-flow"]);
});
