// The README's facts that code knows, too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { resolveOptions } from "../src/options/options.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const configuration = JSON.parse(readFileSync(new URL("../deno.json", import.meta.url), "utf8"));

test("the README's table of options has every option with its default, and no other", () => {
  const section = readme.slice(readme.indexOf("## Options"), readme.indexOf("## Evaluating"));
  const rows = new Map(
    [...section.matchAll(/^\| `(\w+)` *\| *(\S+) *\|/gm)].map(([, name, value]) => [name, value]),
  );
  const defaults = Object.entries(resolveOptions({})).map(([name, value]) => {
    const isNone = value === undefined || Array.isArray(value) && value.length === 0;
    return [name, isNone ? "none" : `\`${JSON.stringify(value)}\``] as const;
  });
  assert.deepEqual(new Map([...rows].sort()), new Map([...defaults].sort()));
});

test("every task that the README names exists", () => {
  const named = new Set([...readme.matchAll(/deno task ([\w:]+)/g)].map(([, name]) => name as string));
  assert.ok(named.size >= 5);
  for (const name of named) assert.ok(Object.hasOwn(configuration.tasks, name), `deno task ${name}`);
});
