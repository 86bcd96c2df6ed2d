// `flipt-ffi evaluate`: whom it asks, what it prints, and how it ends.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { command } from "../../support/cli.ts";
import { CliShop, escape, features, request, shopFile } from "../../support/cli_shop.ts";

const shop = await CliShop.open();
after(() => shop.close());
const { environment, file, output, quickly } = shop;

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
