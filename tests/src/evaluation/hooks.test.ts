// Hooks: what they are told, in which order, and that nothing they do breaks an evaluation.

import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ClientOptions,
  EvaluationHook,
  FliptClient,
  Hook,
  HookAfterData,
  HookAnswer,
  HookBeforeData,
} from "../../../mod.ts";
import { EvaluationError } from "../../../mod.ts";
import { shopDocument, testClient } from "../../support/runtime.ts";
import { warnings } from "../../support/warnings.ts";

/** A client of the shop's flags. */
async function shop(options: ClientOptions): Promise<FliptClient> {
  const fetcher = (): Promise<Response> => Promise.resolve(Response.json(shopDocument()));
  return (await testClient({ namespace: "shop", updateInterval: 0, fetcher, ...options })).client;
}

/** A hook that writes down what it is told. */
function recorder(log: unknown[], name?: string): EvaluationHook {
  const prefix = name === undefined ? [] : [name];
  return {
    before: (data) => log.push([...prefix, "before", data]),
    after: (data) => log.push([...prefix, "after", data]),
    error: (data) => log.push([...prefix, "error", data]),
    finally: (data) => log.push([...prefix, "finally", data]),
  };
}

/** The id of the call that the first entry of a log is about. */
function requestIdIn(log: readonly unknown[]): string {
  const { requestId } = (log[0] as [string, { requestId: string }])[1];
  assert.match(requestId, /^[0-9a-z]+-\d+$/);
  return requestId;
}

/** The stages in a log, each with its flag. */
function stagesIn(log: readonly unknown[]): [string, string][] {
  return log.map((entry) => {
    const [stage, { flagKey }] = entry as [string, { flagKey: string }];
    return [stage, flagKey];
  });
}

test("a hook is told of a variant evaluation before and after", async () => {
  const log: unknown[] = [];
  using client = await shop({ hook: recorder(log) });
  client.evaluateVariant({ flagKey: "checkout-flow", entityId: "staff-1", context: {} });
  const request = { flagKey: "checkout-flow", entityId: "staff-1", context: {}, requestId: requestIdIn(log) };
  assert.deepEqual(log, [
    ["before", request],
    ["after", {
      ...request,
      flagType: "variant",
      value: "express",
      reason: "MATCH_EVALUATION_REASON",
      segmentKeys: ["staff"],
      // As the server sent it.
      attachment: "null",
      digest: client.status.digest,
    }],
    ["finally", request],
  ]);
});

test("a hook is told of a boolean evaluation in words", async () => {
  const log: unknown[] = [];
  using client = await shop({ hook: recorder(log) });
  client.evaluateBoolean("kill-switch", "e");
  const request = { flagKey: "kill-switch", entityId: "e", context: {}, requestId: requestIdIn(log) };
  assert.deepEqual(log, [
    ["before", request],
    ["after", {
      ...request,
      flagType: "boolean",
      value: "false",
      reason: "FLAG_DISABLED_EVALUATION_REASON",
      segmentKeys: [],
      attachment: undefined,
      digest: client.status.digest,
    }],
    ["finally", request],
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
    ["a", "finally"],
    ["b", "finally"],
  ]);
});

test("an evaluation that fails has an error in place of an after", async () => {
  const log: unknown[] = [];
  using client = await shop({ hook: recorder(log) });
  const thrown: unknown[] = [];
  const fail = (evaluate: () => unknown): void => {
    try {
      evaluate();
    } catch (error) {
      thrown.push(error);
    }
  };
  fail(() => client.evaluateBoolean("nope", "e"));
  fail(() => client.evaluateVariant("dark-mode", "e"));
  fail(() => client.evaluateVariant("banner", "e", [] as unknown as Record<string, unknown>));
  const context = {
    get country(): string {
      throw new Error("unreadable");
    },
  };
  fail(() => client.evaluateVariant("checkout-flow", "e", context));
  assert.deepEqual(
    stagesIn(log),
    ["nope", "dark-mode", "banner", "checkout-flow"].flatMap((flagKey) =>
      ["before", "error", "finally"].map((stage) => [stage, flagKey])
    ),
  );
  const errors = log.flatMap((entry) => {
    const [stage, data] = entry as [string, { error: unknown }];
    return stage === "error" ? [data.error] : [];
  });
  assert.equal(thrown.length, 4);
  errors.forEach((error, index) => assert.equal(error, thrown[index]));
  assert.ok(errors[0] instanceof EvaluationError);
});

test("a hook is told who the flag is for, of the attachment and of the state that answered", async () => {
  const answers: HookAnswer[] = [];
  using client = await shop({ hook: { after: (data) => answers.push(data) } });
  const context = { country: "NL" };
  const { variantAttachment } = client.evaluateVariant("banner", "user-1", context);
  const [answer] = answers;
  assert.equal(answer?.entityId, "user-1");
  assert.equal(answer.context, context);
  assert.ok(variantAttachment !== undefined);
  assert.equal(answer.attachment, variantAttachment);
  assert.equal(answer.digest, client.status.digest);
});

test("a request id is that of one call, whichever client is called", async () => {
  const log: unknown[] = [];
  using first = await shop({ hook: recorder(log) });
  using second = await shop({ hook: recorder(log) });
  for (const client of [first, second]) {
    client.evaluateBoolean("dark-mode", "e");
    client.evaluateBatch([{ flagKey: "dark-mode", entityId: "e" }, { flagKey: "banner", entityId: "e" }]);
  }
  const counts = new Map<string, number>();
  for (const entry of log) {
    const { requestId } = (entry as [string, { requestId: string }])[1];
    counts.set(requestId, (counts.get(requestId) ?? 0) + 1);
  }
  assert.deepEqual([...counts.values()], [3, 6, 3, 6]);
});

test("a hook of the official client is one, with what it has known all along", async () => {
  const told: string[] = [];
  const hook: Hook = {
    before: ({ flagKey }: HookBeforeData) => told.push(flagKey),
    after: ({ flagType, value }: HookAfterData) => told.push(`${flagType} ${value}`),
  };
  using client = await shop({ hook, hooks: undefined });
  client.evaluateVariant("checkout-flow", "staff-1");
  assert.deepEqual(told, ["checkout-flow", "variant express"]);
});

test("a batch that ends in the middle has an error for each of its flags", async () => {
  const log: unknown[] = [];
  let client: FliptClient | undefined = undefined;
  client = await shop({
    hooks: [recorder(log), { before: ({ flagKey }) => flagKey === "banner" && client?.close() }],
  });
  const requests = ["dark-mode", "banner"].map((flagKey) => ({ flagKey, entityId: "e" }));
  assert.throws(() => client?.evaluateBatch(requests), /^EvaluationError: the client is closed/);
  assert.deepEqual(stagesIn(log), [
    ["before", "dark-mode"],
    ["before", "banner"],
    ["error", "dark-mode"],
    ["finally", "dark-mode"],
    ["error", "banner"],
    ["finally", "banner"],
  ]);
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

test("each request of a batch has its before, each answer its after or, without one, its error", async () => {
  const log: unknown[] = [];
  using client = await shop({ hook: recorder(log) });
  client.evaluateBatch([
    { flagKey: "dark-mode", entityId: "e" },
    { flagKey: "nope", entityId: "e" },
    { flagKey: "banner", entityId: "e" },
  ]);
  assert.deepEqual(stagesIn(log), [
    ["before", "dark-mode"],
    ["before", "nope"],
    ["before", "banner"],
    ["after", "dark-mode"],
    ["finally", "dark-mode"],
    ["error", "nope"],
    ["finally", "nope"],
    ["after", "banner"],
    ["finally", "banner"],
  ]);
  const [, { error }] = log[5] as [string, { error: unknown }];
  assert.match(String(error), /^EvaluationError: invalid request: failed to get flag information shop\/nope/);
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
  using client = await shop({ hooks: [counter, { before: ({ flagKey }) => log.push(flagKey) }] });
  client.evaluateBoolean("dark-mode", "e");
  assert.equal(counter.count, 1);
  assert.deepEqual(log, ["dark-mode"]);
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
  assert.equal(log.length, 6);
  assert.equal(seen.length, 1);
  assert.match(String(seen[0]?.[0]), /a hook failed; the evaluation continues/);
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
  assert.equal(log.length, 3);
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
