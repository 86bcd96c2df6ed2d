// `flipt-ffi explain`.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { main } from "../../../cli/mod.ts";
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

test("the short form has the answer and a line a rule", async () => {
  const lines = (await quickly(["explain", ...request, "--short"])).trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^answer: variant /);
  assert.match(lines[1] ?? "", /^because rule 2 matches/);
  assert.deepEqual(lines.slice(2).map((line) => line.slice(0, 8)), [
    "✗ rule 1",
    "✓ rule 2",
    "· rule 3",
    "· rule 4",
  ]);
});

test("on a terminal, lines are wrapped to its width and the marks are coloured", async () => {
  let text = "";
  const terminal = {
    write: (more: string) => void (text += more),
    styled: true,
    columns: 60,
    isTerminal: true,
  };
  const code = await main(["explain", ...request], {
    environment: shop.environment,
    stdout: terminal,
    stderr: terminal,
    stdin: () => Promise.resolve(""),
    interruption: () => new AbortController().signal,
  });
  assert.equal(code, 0, text);
  // deno-lint-ignore no-control-regex
  const plain = text.replaceAll(/\u001b\[\d+m/g, "");
  assert.ok(plain.split("\n").every((line) => line.length <= 60), plain);
  assert.ok(text.includes("\n\u001b[31m✗\u001b[0m rule 1: not matched"), text);
  assert.match(plain, /^ {4}✗ 1: .*\n {6}\S/m);
});
