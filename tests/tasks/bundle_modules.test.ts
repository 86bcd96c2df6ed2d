// What a page or an edge worker downloads with the client: nothing of a subpath, and nothing that only some clients need.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startModules } from "../../tasks/bundle_sizes.ts";
import { describedPackage } from "../../tasks/npm/entries.ts";

/** What is loaded by clients that need it. */
const LOADED_LATER: readonly string[] = [
  "engines/document_parsing.ts",
  "engines/shape_check.ts",
  "src/authentication/cached_token.ts",
  "src/authentication/token_file.ts",
  "src/evaluation/explain/explain.ts",
  "src/evaluation/hook_runner.ts",
  "src/evaluation/override_text.ts",
  "src/evaluation/overriding_state.ts",
  "src/from_environment.ts",
  "src/metrics/tally.ts",
  "src/sources/exchange_node.ts",
  "src/ready.ts",
  "src/sources/https_node.ts",
  "src/sources/socket_node.ts",
  "src/state/log_lines.ts",
  "src/state_at_hand.ts",
  "src/sync/streaming.ts",
  "src/sync/watched_source.ts",
  "src/workers/copies.ts",
  "src/touch.ts",
];

test("the client is loaded without what only some clients need", async () => {
  const modules = await startModules("FliptClient", "mod.ts");
  assert.ok(modules.includes("src/client.ts") && modules.length > 30, modules.join("\n"));
  assert.deepEqual(LOADED_LATER.filter((module) => modules.includes(module)), []);
});

test("the client is loaded without a module of any subpath", async () => {
  const modules = await startModules("FliptClient", "mod.ts");
  const folders = describedPackage().entries.flatMap(({ source }) =>
    source.includes("/") ? [source.slice(0, source.indexOf("/") + 1)] : []
  );
  const some = [
    "answers",
    "auth",
    "exposure",
    "health",
    "openfeature",
    "otel",
    "overrides",
    "prometheus",
    "request",
  ];
  assert.deepEqual(some.filter((room) => !folders.includes(`${room}/`)), []);
  // Stores are exported by the client, too; the one for files is replaced in pages.
  const found = modules.filter((module) => folders.some((folder) => module.startsWith(folder)));
  assert.deepEqual(found, []);
});

test("the flags of a page are loaded without the client, and without an engine", async () => {
  const modules = await startModules("pageFlags", "answers/page.ts");
  assert.deepEqual(modules.filter((module) => !module.startsWith("answers/")), []);
  assert.ok(modules.includes("answers/page.ts"));
});
