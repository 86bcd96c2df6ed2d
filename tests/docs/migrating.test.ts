// docs/migrating.md tells of every call that the official client answers differently, and of no other: the calls are made
// on both.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { calls } from "../support/moving_calls.ts";
import { outcome, packages } from "../support/side_by_side.ts";

const page = readFileSync(new URL("../../docs/migrating.md", import.meta.url), "utf8");

/** The rows of the table of calls, by the call: what comes of it there and here. */
function rows(): Map<string, string> {
  const [, table = ""] = /^\| call +\| there +\| here +\|\n\|.*\n((?:\|.*\n)+)/m.exec(page) ?? [];
  return new Map(
    table.trim().split("\n").map((line) => {
      const [call = "", ...answers] = line.split("|").slice(1, -1).map((cell) => cell.trim());
      return [call, answers.join(" | ")];
    }),
  );
}

const told = rows();

for (const [name, call] of Object.entries(calls)) {
  test(`both packages: ${name}`, async () => {
    const there = await outcome(packages.there, call);
    const here = await outcome(packages.here, call);
    assert.equal(told.get(name), there === here ? undefined : `${there} | ${here}`);
  });
}

test("the page has no row for a call that is not made", () => {
  assert.deepEqual([...told.keys()].filter((name) => !Object.hasOwn(calls, name)), []);
});

/** The exit code of a program that does nothing but have a client that polls. */
async function exitCode(packageName: string): Promise<number | null> {
  const program = fileURLToPath(new URL("../support/polling_program.ts", import.meta.url));
  const parameters = "Deno" in globalThis ? ["run", "-A", "--no-check", "--quiet"] : [];
  const child = spawn(process.execPath, [...parameters, program, packageName], { stdio: "ignore" });
  return await new Promise((resolve) => child.once("close", resolve));
}

test("polling keeps the process alive there, and not here, as the page says", async () => {
  assert.match(page, /Polling does not keep the process alive/);
  assert.equal(await exitCode("@flipt-io/flipt-client-js"), 7);
  assert.equal(await exitCode(new URL("../../mod.ts", import.meta.url).href), 0);
});

test("snapshots go either way", async () => {
  const { there, here } = packages;
  for (const [from, to] of [[there, here], [here, there]] as const) {
    const taken = await outcome(from, async ({ init }) => (await init()).getSnapshot());
    const snapshot: unknown = JSON.parse(taken.slice(1, -1));
    const flags = await outcome(to, async ({ init, server }) => {
      server.answerAlways({ status: 403 });
      return (await init({ errorStrategy: "fallback", snapshot })).listFlags().length;
    });
    assert.equal(flags, "`8`");
  }
});
