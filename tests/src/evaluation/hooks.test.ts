// Hooks: what they are told, in which order, and that nothing they do breaks an evaluation.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions, FliptClient, Hook } from "../../../mod.ts";
import { EvaluationError } from "../../../mod.ts";
import { shopDocument, testClient } from "../../support/runtime.ts";

/** A client of the shop's flags. */
async function shop(options: ClientOptions): Promise<FliptClient> {
  const fetcher = (): Promise<Response> => Promise.resolve(Response.json(shopDocument()));
  return (await testClient({ namespace: "shop", updateInterval: 0, fetcher, ...options })).client;
}

/** A hook that writes down what it is told. */
function recorder(log: unknown[], name?: string): Hook {
  const prefix = name === undefined ? [] : [name];
  return {
    before: (data) => log.push([...prefix, "before", data]),
    after: (data) => log.push([...prefix, "after", data]),
  };
}

/** Runs `work` and gives what was warned of meanwhile. */
async function warnings(work: () => void | Promise<void>): Promise<unknown[][]> {
  const seen: unknown[][] = [];
  const { warn } = console;
  console.warn = (...words: unknown[]) => void seen.push(words);
  try {
    await work();
    // A rejection is reported a few turns of the microtask queue later.
    await new Promise((resolve) => setTimeout(resolve, 0));
  } finally {
    console.warn = warn;
  }
  return seen;
}

test("a hook is told of a variant evaluation before and after", async () => {
  const log: unknown[] = [];
  using client = await shop({ hook: recorder(log) });
  client.evaluateVariant({ flagKey: "checkout-flow", entityId: "staff-1", context: {} });
  assert.deepEqual(log, [
    ["before", { flagKey: "checkout-flow" }],
    ["after", {
      flagKey: "checkout-flow",
      flagType: "variant",
      value: "express",
      reason: "MATCH_EVALUATION_REASON",
      segmentKeys: ["staff"],
    }],
  ]);
});

test("a hook is told of a boolean evaluation in words", async () => {
  const log: unknown[] = [];
  using client = await shop({ hook: recorder(log) });
  client.evaluateBoolean("kill-switch", "e");
  assert.deepEqual(log, [
    ["before", { flagKey: "kill-switch" }],
    ["after", {
      flagKey: "kill-switch",
      flagType: "boolean",
      value: "false",
      reason: "FLAG_DISABLED_EVALUATION_REASON",
      segmentKeys: [],
    }],
  ]);
});

test("several hooks are called in the order they were given", async () => {
  const log: unknown[] = [];
  using client = await shop({ hooks: [recorder(log, "a"), recorder(log, "b")] });
  client.evaluateBoolean("dark-mode", "e");
  assert.deepEqual(log.map((entry) => (entry as unknown[]).slice(0, 2)), [
    ["a", "before"],
    ["b", "before"],
    ["a", "after"],
    ["b", "after"],
  ]);
});

test("an evaluation that fails has a before but no after", async () => {
  const log: unknown[] = [];
  using client = await shop({ hook: recorder(log) });
  assert.throws(() => client.evaluateBoolean("nope", "e"), EvaluationError);
  assert.throws(() => client.evaluateVariant("dark-mode", "e"), EvaluationError);
  assert.deepEqual(log, [["before", { flagKey: "nope" }], ["before", { flagKey: "dark-mode" }]]);
});

test("what is not even a request reaches no hook", async () => {
  const log: unknown[] = [];
  using client = await shop({ hook: recorder(log) });
  assert.throws(() => client.evaluateBoolean(" ", "e"));
  assert.throws(() =>
    client.evaluateBatch([{ flagKey: "dark-mode", entityId: "e" }, { flagKey: "", entityId: "e" }])
  );
  assert.deepEqual(log, []);
});

test("each request of a batch has its before, each answer that is no error its after", async () => {
  const log: unknown[] = [];
  using client = await shop({ hook: recorder(log) });
  client.evaluateBatch([
    { flagKey: "dark-mode", entityId: "e" },
    { flagKey: "nope", entityId: "e" },
    { flagKey: "banner", entityId: "e" },
  ]);
  const short = log.map((entry) => {
    const [when, data] = entry as [string, { flagKey: string; value?: string }];
    return [when, data.flagKey, data.value];
  });
  assert.deepEqual(short, [
    ["before", "dark-mode", undefined],
    ["before", "nope", undefined],
    ["before", "banner", undefined],
    ["after", "dark-mode", "true"],
    ["after", "banner", "winter"],
  ]);
});

test("a hook may have only one of its members, and is called as a method", async () => {
  class Counter {
    count = 0;
    after(): void {
      this.count++;
    }
  }
  const counter = new Counter();
  const log: unknown[] = [];
  using client = await shop({ hooks: [counter, { before: (data) => log.push(data) }] });
  client.evaluateBoolean("dark-mode", "e");
  assert.equal(counter.count, 1);
  assert.deepEqual(log, [{ flagKey: "dark-mode" }]);
});

test("a hook that throws is reported once and breaks nothing, neither the answer nor the next hook", async () => {
  const log: unknown[] = [];
  const failure = new Error("the hook is broken");
  const broken: Hook = {
    before(): void {
      throw failure;
    },
    after(): void {
      throw failure;
    },
  };
  using client = await shop({ hooks: [broken, recorder(log)] });
  const seen = await warnings(() => {
    assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
    assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  });
  assert.equal(log.length, 4);
  assert.equal(seen.length, 1);
  assert.match(String(seen[0]?.[0]), /a hook failed; the evaluation goes on/);
  assert.equal(seen[0]?.[1], failure);
});

test("each broken hook is reported once", async () => {
  const broken = (): Partial<Hook> => ({
    before(): void {
      throw new Error("broken");
    },
  });
  using client = await shop({ hooks: [broken(), broken()] });
  const seen = await warnings(() => {
    client.evaluateBoolean("dark-mode", "e");
    client.evaluateBoolean("dark-mode", "e");
  });
  assert.equal(seen.length, 2);
});

test("a hook that rejects is reported and leaves no unhandled rejection", async () => {
  const failure = new Error("rejected");
  using client = await shop({ hook: { before: () => Promise.reject(failure), after: async () => {} } });
  const seen = await warnings(() => {
    client.evaluateBoolean("dark-mode", "e");
  });
  assert.deepEqual(seen.map(([, error]) => error), [failure]);
});

test("what a hook does to its data reaches neither the answer nor the next hook", async () => {
  const log: unknown[] = [];
  const meddler: Hook = {
    before: (data) => void (data.flagKey = "nope"),
    after: (data) => void data.segmentKeys.push("meddled"),
  };
  using client = await shop({ hooks: [meddler, recorder(log)] });
  const answer = client.evaluateVariant("checkout-flow", "staff-1");
  assert.deepEqual(answer.segmentKeys, ["staff"]);
  assert.deepEqual((log[1] as [string, { segmentKeys: string[] }])[1].segmentKeys, ["staff"]);
});

test("hooks added to the list later are not called", async () => {
  const log: unknown[] = [];
  const hooks = [recorder(log)];
  using client = await shop({ hooks });
  hooks.push(recorder(log));
  client.evaluateBoolean("dark-mode", "e");
  assert.equal(log.length, 2);
});

test("a hook that evaluates gets its answer", async () => {
  const values: boolean[] = [];
  let client: FliptClient | undefined = undefined;
  const hook: Partial<Hook> = {
    before: ({ flagKey }) => {
      if (flagKey === "dark-mode") values.push(client?.evaluateBoolean("price-test", "e").enabled ?? false);
    },
  };
  client = await shop({ hook });
  client.evaluateBoolean("dark-mode", "e");
  assert.equal(values.length, 1);
  client.close();
});

test("a hook that closes the client ends the evaluation with a clear error", async () => {
  let client: FliptClient | undefined = undefined;
  client = await shop({ hook: { before: () => client?.close() } });
  assert.throws(() => client?.evaluateBoolean("dark-mode", "e"), {
    name: "EvaluationError",
    message: /^the client is closed/,
  });
});
