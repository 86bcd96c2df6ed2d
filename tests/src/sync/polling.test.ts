// Polling: when it fetches, what it does with failures, and that it ends.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { test } from "node:test";
import type { ClientOptions } from "../../../mod.ts";
import { DocumentError, EvaluationError, FetchError } from "../../../mod.ts";
import { systemClock } from "../../../ffi/system_clock.ts";
import { ManualClock, shopDocument, testClient, withFlag } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

const dark = withFlag(shopDocument(), "dark-mode", { enabled: true });
const light = withFlag(shopDocument(), "dark-mode", { enabled: false });

/** A server with the flags of the shop. */
async function shopServer(): Promise<FliptServer> {
  const server = await FliptServer.start();
  server.setDocument("shop", dark);
  return server;
}

function options(server: FliptServer, more: ClientOptions = {}): ClientOptions {
  return { url: server.url, namespace: "shop", ...more };
}

test("the state follows the server, an interval after the last fetch", async () => {
  await using server = await shopServer();
  const { client, clock } = await testClient(options(server));
  assert.equal((await clock.polling()).millis, 120_000);
  server.setDocument("shop", light);
  clock.advance(119_999);
  assert.equal(server.requests.length, 1);
  clock.advance(1);
  await server.received(2);
  await clock.polling();
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, false);
  clock.advance(120_000);
  const third = await server.received(3);
  assert.match(third.headers["if-none-match"] ?? "", /^[0-9a-f]{40}$/);
  client.close();
});

test("chance stretches and shortens an interval by a tenth", async () => {
  await using server = await shopServer();
  for (
    const [chance, millis] of [[0, 9_000], [0.25, 9_500], [0.5, 10_000], [0.75, 10_500], [1, 11_000]] as const
  ) {
    const clock = new ManualClock();
    clock.chance = chance;
    const { client } = await testClient(options(server, { updateInterval: 10 }), clock);
    assert.equal(Math.round((await clock.polling()).millis), millis);
    client.close();
  }
});

test("an interval of 0 is no polling", async () => {
  await using server = await shopServer();
  const { client, clock } = await testClient(options(server, { updateInterval: 0 }));
  assert.deepEqual(clock.timers, []);
  assert.equal(await client.refresh(), false);
  assert.deepEqual(clock.timers, []);
  client.close();
});

test("a slow fetch does not pile up: the next interval begins when it has ended", async () => {
  await using server = await shopServer();
  const { client, clock } = await testClient(options(server, { updateInterval: 1, requestTimeout: 100 }));
  await clock.polling();
  server.answerOnce({ hang: "head" });
  clock.advance(1_000);
  await server.received(2);
  clock.advance(99_999);
  assert.equal(server.requests.length, 2);
  clock.advance(1);
  // The first retry is near.
  assert.equal((await clock.polling()).millis, 500);
  clock.advance(500);
  await server.received(3);
  assert.equal((await clock.polling()).millis, 1_000);
  client.close();
});

test("calls of refresh while a fetch is under way join it", async () => {
  await using server = await shopServer();
  const { client } = await testClient(options(server));
  server.setDocument("shop", light);
  const answers = await Promise.all([client.refresh(), client.refresh(), client.refresh()]);
  assert.deepEqual(answers, [true, true, true]);
  assert.equal(server.requests.length, 2);
  assert.equal(await client.refresh(), false);
  client.close();
});

test("a refresh joins the fetch of polling", async () => {
  await using server = await shopServer();
  const { client, clock } = await testClient(options(server));
  await clock.polling();
  server.setDocument("shop", light);
  clock.advance(120_000);
  assert.equal(await client.refresh(), true);
  assert.equal(server.requests.length, 2);
  client.close();
});

test("under strict, evaluations throw while the last fetch failed, and recover with the next good one", async () => {
  await using server = await shopServer();
  const { client, clock } = await testClient(options(server, { errorStrategy: "strict" }));
  await clock.polling();
  server.answerAlways({ status: 503 });
  clock.advance(120_000);
  for (const [retry, wait] of [500, 1_000, 2_000].entries()) {
    await server.received(2 + retry);
    assert.equal((await clock.polling()).millis, wait);
    assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
    clock.advance(wait);
  }
  await server.received(5);
  assert.equal((await clock.polling()).millis, 4_000);
  const failing: (() => unknown)[] = [
    () => client.evaluateBoolean("dark-mode", "e"),
    () => client.evaluateVariant("banner", "e"),
    () => client.evaluateBatch([{ flagKey: "dark-mode", entityId: "e" }]),
    () => client.listFlags(),
    () => client.getSnapshot(),
  ];
  for (const call of failing) {
    assert.throws(call, (error: unknown) => {
      assert.ok(error instanceof EvaluationError);
      assert.match(
        error.message,
        /^the flag state could not be refreshed: .* answered 503 \(4 attempts in [\d.]+ s\) \(with an errorStrategy other than "strict" the last good/,
      );
      assert.ok(error.cause instanceof FetchError);
      return true;
    });
  }
  server.answerAlways(undefined);
  clock.advance(4_000);
  await server.received(6);
  assert.equal((await clock.polling()).millis, 120_000);
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  client.close();
});

test("under strict, a document that is not valid counts as a failure too", async () => {
  await using server = await shopServer();
  const { client } = await testClient(options(server, { errorStrategy: "strict" }));
  server.answerOnce({ body: "{}" });
  await assert.rejects(client.refresh(), DocumentError);
  assert.throws(() => client.evaluateBoolean("dark-mode", "e"), (error: unknown) => {
    assert.ok(error instanceof EvaluationError);
    assert.ok(error.cause instanceof DocumentError);
    return true;
  });
  await client.refresh();
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  client.close();
});

test("under fallback, the last good state keeps answering, and refresh still tells of the failure", async () => {
  await using server = await shopServer();
  const { client, clock } = await testClient(options(server, { errorStrategy: "fallback" }));
  await clock.polling();
  server.answerAlways({ status: 404 });
  clock.advance(120_000);
  await server.received(2);
  await clock.polling();
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  await assert.rejects(client.refresh(), FetchError);
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  server.answerAlways(undefined);
  server.setDocument("shop", light);
  assert.equal(await client.refresh(), true);
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, false);
  client.close();
});

test("under fallback, a client that started without a server gets its flags later", async () => {
  await using server = await FliptServer.start();
  const { client, clock } = await testClient(options(server, { errorStrategy: "fallback" }));
  assert.throws(() => client.evaluateBoolean("dark-mode", "e"), EvaluationError);
  assert.equal((await clock.polling()).millis, 500);
  server.setDocument("shop", dark);
  clock.advance(500);
  await server.received(2);
  await clock.polling();
  assert.equal(client.evaluateBoolean("dark-mode", "e").enabled, true);
  client.close();
});

test("nothing fires after close", async () => {
  await using server = await shopServer();
  const { client, clock } = await testClient(options(server));
  await clock.polling();
  client.close();
  assert.deepEqual(clock.timers, []);
  clock.advance(1_000_000);
  assert.equal(server.requests.length, 1);
});

test("closing during a fetch of polling starts no further interval", async () => {
  await using server = await shopServer();
  const { client, clock, engine } = await testClient(options(server));
  await clock.polling();
  server.answerOnce({ hang: "head" });
  clock.advance(120_000);
  await server.received(2);
  const joined = client.refresh();
  client.close();
  await assert.rejects(joined, EvaluationError);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(clock.timers, []);
  assert.equal(engine.alive, 0);
});

test("a timer of the system in the background calls back, one that is cancelled does not", async () => {
  let cancelledFired = false;
  const cancel = systemClock.after(1, () => void (cancelledFired = true), { background: true });
  cancel();
  await new Promise<void>((resolve) => {
    // Holds the process, which the timer in the background does not.
    const hold = setInterval(() => {}, 1_000);
    systemClock.after(5, () => {
      clearInterval(hold);
      resolve();
    }, { background: true });
  });
  assert.equal(cancelledFired, false);
  const chance = systemClock.random();
  assert.ok(chance >= 0 && chance < 1);
});

/** Runs a program that has `FliptClient` in another process, and gives what it prints. */
async function output(program: string): Promise<string> {
  const mod = new URL("../../../mod.ts", import.meta.url).href;
  const code = `import { FliptClient } from ${JSON.stringify(mod)};
    const good = () => Response.json({ namespace: { key: "default" }, flags: [] });
    ${program}`;
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const child = spawn(process.execPath, evaluationArguments(code), {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => output += chunk);
  const status = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(status, 0);
  return output.trim();
}

test("a client that is polling does not keep the process alive", async () => {
  const program = `FliptClient.init({ engine: "portable", maxStaleness: 60, fetcher: async () => good() })
    .then((client) => console.log(client.listFlags().length));`;
  assert.equal(await output(program), "0");
});

test("a client that waits for another try does not keep the process alive", async () => {
  const program = `const fetcher = async () => new Response(null, { status: 404 });
    FliptClient.init({ engine: "portable", fetcher, errorStrategy: "fallback" })
      .then((client) => console.log(client.status.state));`;
  assert.equal(await output(program), "failed");
});

test("init keeps the process alive while a retry waits", async () => {
  const program = `let asked = 0;
    const fetcher = async () => ++asked === 1 ? new Response(null, { status: 503 }) : good();
    FliptClient.init({ engine: "portable", fetcher }).then((client) => console.log(client.status.state, asked));`;
  assert.equal(await output(program), "ready 2");
});

/** What makes this runtime run a piece of code. */
function evaluationArguments(code: string): string[] {
  if ("Deno" in globalThis) return ["eval", "--no-check", "--ext=ts", code];
  return "Bun" in globalThis ? ["-e", code] : ["--input-type=module", "--eval", code];
}
