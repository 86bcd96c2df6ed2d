// What is told of defaults: lines, at most so many a minute, and the stages of hooks.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationHook, HookRequest } from "../../../mod.ts";
import { EvaluationError, ValidationError } from "../../../mod.ts";
import { testFlags } from "../../../testing/mod.ts";
import { FLAGS, quietTest, schemaOf } from "../../support/safe_calls.ts";
import { shop } from "../../support/shop_client.ts";
import { warnedLines } from "../../support/warnings.ts";

test("a line is written for each flag and minute of a default that an error led to", async () => {
  const lines = await warnedLines(async () => {
    const { client, clock } = await shop();
    for (let i = 0; i < 5; i++) client.isEnabled("nope", "e");
    client.variant("other", "e");
    client.variant("no-rules", "e", {}, "quiet: the flag gives no variant");
    clock.advance(59_000);
    client.isEnabled("nope", "e");
    clock.advance(1_000);
    client.isEnabled("nope", "e");
    client.close();
  });
  const line = (flag: string): string =>
    `flipt: the default is returned for flag "${flag}" (FLAG_NOT_FOUND): ` +
    `invalid request: failed to get flag information shop/${flag}: there is no such flag`;
  assert.deepEqual(lines, [line("nope"), line("other"), line("nope")]);
});

test("a key from anywhere cannot write lines of its own, nor a long one", async () => {
  const lines = await warnedLines(() => {
    const client = testFlags();
    client.isEnabled("x\nflipt: a line of its own\u001b[31m", "e");
    client.isEnabled("a".repeat(100_000), "e");
  });
  assert.equal(lines.length, 2);
  for (const line of lines) {
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\u0000-\u001f]/);
    assert.ok(line.length < 500, `${line.length} characters`);
  }
  assert.match(lines[0] ?? "", /default\/x\\nflipt: a line of its own\\u001b\[31m: there is no such flag/);
});

test("keys from anywhere write a hundred lines a minute at most", async () => {
  const lines = await warnedLines(() => {
    const client = testFlags();
    for (let i = 0; i < 500; i++) client.isEnabled(`flag-${i}`, "e");
  });
  assert.equal(lines.length, 100);
});

test("a hook runs once for each call, and hears of no answer where there is none", async () => {
  const calls: string[] = [];
  const hooks = [{
    before: ({ flagKey }: { flagKey: string }) => calls.push(`before ${flagKey}`),
    after: ({ flagKey, value }: { flagKey: string; value: string }) =>
      calls.push(`after ${flagKey} ${value}`),
  }];
  await warnedLines(() => {
    const client = testFlags(FLAGS, { hooks });
    client.isEnabled("on", "e");
    client.variant("plain", "e");
    client.value("theme", "e");
    client.details("none", "e");
    client.isEnabled("nope", "e");
    client.evaluateAll("e");
  });
  assert.deepEqual(calls, [
    ...["on true", "plain wide", "theme dark", "none "].flatMap((each) => [
      `before ${each.split(" ")[0]}`,
      `after ${each}`,
    ]),
    "before nope",
  ]);
});

quietTest(
  "every default that an error led to reaches the error stage of hooks, once for an evaluation",
  () => {
    const stages: string[] = [];
    const requests = new Set<string>();
    const stage = (name: string) => (data: HookRequest & { readonly error?: unknown }): void => {
      const { error } = data;
      const told = error instanceof EvaluationError
        ? error.code
        : error instanceof ValidationError
        ? "INVALID"
        : "";
      stages.push(`${name}${error === undefined ? "" : ` ${told}`}`);
      requests.add(data.requestId);
    };
    const names = ["before", "after", "error", "finally"] as const;
    const hook: Partial<EvaluationHook> = Object.fromEntries(names.map((name) => [name, stage(name)]));
    const client = testFlags(FLAGS, { hooks: [hook] });
    const stagesOf = (ask: () => unknown): string => {
      stages.length = 0;
      requests.clear();
      ask();
      assert.ok(requests.size <= 1, stages.join());
      return stages.join(", ");
    };
    const failed = (code: string): string => `before, error ${code}, finally`;
    const unusable = "before, after, finally, error INVALID_ATTACHMENT";
    const { schema } = schemaOf(() => ({ issues: [{ message: "no" }] }));
    const none = "no-such-flag";
    const context = 5 as unknown as Record<string, unknown>;
    assert.equal(stagesOf(() => client.value("theme", "e", {}, { default: 1, schema })), unusable);
    assert.equal(stagesOf(() => client.value("theme", "e", {}, { schema })), unusable);
    assert.equal(stagesOf(() => client.details("theme", "e", {}, { schema })), unusable);
    assert.equal(stagesOf(() => client.isEnabled(none, "e")), failed("FLAG_NOT_FOUND"));
    assert.equal(stagesOf(() => client.details(none, "e")), failed("FLAG_NOT_FOUND"));
    assert.equal(stagesOf(() => client.variant("on", "e")), failed("TYPE_MISMATCH"));
    for (const flagKey of ["theme", "on"]) {
      assert.equal(stagesOf(() => client.details(flagKey, "", {})), failed("INVALID"));
      assert.equal(stagesOf(() => client.details(flagKey, "e", context)), failed("INVALID"));
      assert.equal(stagesOf(() => client.value(flagKey, " ", {})), failed("INVALID"));
      assert.equal(stagesOf(() => client.value({ flagKey, entityId: "e", context })), failed("INVALID"));
      assert.equal(stagesOf(() => client.isEnabled(flagKey, "", {})), failed("INVALID"));
    }
    // What is no error, or has no default, is as it was.
    assert.equal(stagesOf(() => client.variant("none", "e", {}, "wide")), "before, after, finally");
    assert.equal(stagesOf(() => client.value("theme", "e")), "before, after, finally");
    assert.equal(stagesOf(() => assert.throws(() => client.evaluateBoolean("on", ""))), "");
    const scope = client.for("e");
    assert.equal(stagesOf(() => [1, 2].map(() => scope.value("theme", { schema }))), unusable);
    assert.equal(stagesOf(() => [1, 2].map(() => scope.details(none))), failed("FLAG_NOT_FOUND"));
    client.close();
    assert.equal(stagesOf(() => client.details("on", "e")), failed("NOT_READY"));
  },
);
