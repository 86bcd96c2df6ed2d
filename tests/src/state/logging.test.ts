// The lines that a client writes to its logger, level by level, and that few of them say the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClientOptions, type Logger, type LogLevel, ValidationError } from "../../../mod.ts";
import { resolveOptions } from "../../../src/options/options.ts";
import {
  booleanDocument,
  type ManualClock,
  shopDocument,
  type TestClient,
  testClient,
} from "../../support/runtime.ts";
import { fetchError, options, shopServer } from "../../support/shop_server.ts";
import type { FliptServer } from "../../support/server.ts";

/** A logger that keeps its lines, and tells when there is another. */
class Lines implements Logger {
  readonly all: string[] = [];
  #waiting: (() => void)[] = [];
  debug(line: string): void {
    this.#add("debug", line);
  }
  info(line: string): void {
    this.#add("info", line);
  }
  warn(line: string): void {
    this.#add("warn", line);
  }
  error(line: string): void {
    this.#add("error", line);
  }

  /** The next lines, without what all have in common. */
  async next(count: number): Promise<string[]> {
    while (this.all.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.all.splice(0, count);
  }

  #add(level: string, line: string): void {
    const start = 'flipt: namespace "shop": ';
    assert.ok(line.startsWith(start), line);
    this.all.push(`${level} ${line.slice(start.length)}`);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A client that writes to `lines`. */
function logging(
  server: FliptServer,
  lines: Logger,
  more: ClientOptions = {},
  clock?: ManualClock,
): Promise<TestClient> {
  return testClient(options(server, { logger: lines, logLevel: "debug", ...more }), clock);
}

test("the life of a client is a line for each thing that happens", async () => {
  await using server = await shopServer();
  const first = server.setDocument("shop", shopDocument());
  const lines = new Lines();
  const { client, clock } = await logging(server, lines, { maxStaleness: 100 });
  assert.deepEqual(await lines.next(1), [`info started with flag state ${first}, polling`]);
  await client.refresh();
  assert.deepEqual(await lines.next(1), [`debug the flag state ${first} is current`]);
  const second = server.setDocument("shop", booleanDocument("shop", "a", true));
  await client.refresh();
  assert.deepEqual(await lines.next(1), [`info new flag state ${second}, was ${first}`]);
  clock.advance(10_000);
  server.answerAlways({ status: 403, body: '{"code":7,"message":"not you"}' });
  await assert.rejects(client.refresh());
  assert.match(
    (await lines.next(1))[0] ?? "",
    /^warn .* answered 403: not you; the token has no access to .*; the flag state of 10 s ago keeps answering$/,
  );
  clock.advance(90_000);
  assert.deepEqual(await lines.next(1), ["warn stale: the flag state has not been confirmed for 100 s"]);
  server.answerAlways(undefined);
  await client.refresh();
  assert.deepEqual(await lines.next(3), [
    "info fetching works again after 1 failure",
    "info ready",
    `debug the flag state ${second} is current`,
  ]);
  client.close();
  assert.deepEqual(await lines.next(1), ["debug closed"]);
});

for (const [when, setMs] of [["", 0], [", also when the clock is set back", -3_600_000]] as const) {
  test(`failures in a row are a line a minute, which says how many were left out${when}`, async () => {
    await using server = await shopServer();
    const lines = new Lines();
    const { client, clock } = await logging(server, lines, { logLevel: "warn" });
    server.answerAlways({ status: 403 });
    for (let count = 0; count < 5; count++) await assert.rejects(client.refresh());
    clock.set = setMs;
    clock.advance(60_000);
    await assert.rejects(client.refresh());
    const [first, second] = lines.all.splice(0);
    assert.match(first ?? "", /answered 403.* keeps answering$/);
    assert.match(second ?? "", /\(6 failures in a row\) \(4 such lines omitted\)$/);
    assert.deepEqual(lines.all, []);
    client.close();
  });
}

test("a start without the server says from what the client answers", async () => {
  await using server = await shopServer();
  const { client } = await testClient(options(server));
  const snapshot = client.getSnapshot();
  client.close();
  server.answerAlways({ status: 403 });
  const lines = new Lines();
  const stored = await logging(server, lines, { snapshot, errorStrategy: "fallback", logLevel: "warn" });
  assert.match((await lines.next(1))[0] ?? "", /^warn started from a stored flag state: .* answered 403/);
  stored.client.close();
  const none = await logging(server, lines, { errorStrategy: "fallback", logLevel: "error" });
  assert.match(
    (await lines.next(1))[0] ?? "",
    /^error started without any flag state, so no flag is known: .* 403/,
  );
  none.client.close();
});

test("init that rejects writes nothing: who asks is told", async () => {
  await using server = await shopServer();
  server.answerAlways({ status: 403 });
  const lines = new Lines();
  await fetchError(logging(server, lines));
  await import("../../../src/state/log_lines.ts");
  assert.deepEqual(lines.all, []);
});

test("only lines of the level and above are written", async () => {
  await using server = await shopServer();
  const written = async (logLevel: LogLevel | undefined): Promise<string[]> => {
    const lines = new Lines();
    server.answerAlways(undefined);
    const { client } = await logging(server, lines, { logLevel, errorStrategy: "strict" });
    await client.refresh();
    server.answerAlways({ status: 403 });
    await assert.rejects(client.refresh());
    client.close();
    const { LogLines: _ } = await import("../../../src/state/log_lines.ts");
    await new Promise((resolve) => setTimeout(resolve, 0));
    return lines.all.map((line) => line.split(" ")[0] ?? "");
  };
  assert.deepEqual(await written("debug"), ["info", "debug", "warn", "error", "debug"]);
  assert.deepEqual(await written(undefined), ["info", "warn", "error"]);
  assert.deepEqual(await written("warn"), ["warn", "error"]);
  assert.deepEqual(await written("error"), ["error"]);
  assert.deepEqual(await written("off"), []);
});

test("by default trouble goes to the console, unless somebody listens", async (context) => {
  await using server = await shopServer();
  const warned = context.mock.method(console, "warn", () => {});
  const printed: unknown[][] = [];
  for (const method of ["debug", "info", "error"] as const) {
    context.mock.method(console, method, (...words: unknown[]) => void printed.push(words));
  }
  for (const listens of [false, true]) {
    server.answerAlways(undefined);
    const { client } = await testClient(options(server));
    if (listens) client.on("error", () => {});
    server.answerAlways({ status: 403 });
    await assert.rejects(client.refresh());
    client.close();
    await import("../../../src/state/log_lines.ts");
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(warned.mock.callCount(), 1);
  }
  assert.match(String(warned.mock.calls[0]?.arguments), /^flipt: namespace "shop": .* answered 403/);
  assert.deepEqual(printed, []);
});

test("a hook, a listener and a store that fail are lines of the logger", async () => {
  await using server = await shopServer();
  const lines: string[] = [];
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (line) => lines.push(line),
    error: () => {},
  };
  const fail = (): never => {
    throw new Error("broken");
  };
  const { client } = await logging(server, logger, {
    hook: { before: fail },
    store: { load: fail, save: fail },
  });
  client.on("update", fail);
  client.evaluateBoolean("dark-mode", "e");
  server.setDocument("shop", booleanDocument("shop", "a", true));
  await client.refresh();
  client.close();
  await import("../../../src/state/log_lines.ts");
  await new Promise((resolve) => setTimeout(resolve, 0));
  const starts = ["the snapshot store failed", "a hook failed", 'a listener of "update" failed'];
  assert.equal(lines.length, 3, lines.join("\n"));
  for (const start of starts) assert.ok(lines.some((line) => line.startsWith(`flipt: ${start}`)), start);
});

test("a logger that throws or rejects stops nothing", async () => {
  await using server = await shopServer();
  let count = 0;
  const fail = (): never => {
    count++;
    throw new Error("the disk is full");
  };
  const reject = (): Promise<never> => {
    count++;
    return Promise.reject(new Error("the disk is full"));
  };
  for (const write of [fail, reject]) {
    const logger = { debug: write, info: write, warn: write, error: write };
    const { client } = await logging(server, logger);
    await client.refresh();
    client.close();
  }
  await import("../../../src/state/log_lines.ts");
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.ok(count >= 4, `${count}`);
});

test("no line has a token in it", async () => {
  await using server = await shopServer();
  const lines = new Lines();
  const { client } = await logging(server, lines, { authentication: { clientToken: "secret-word" } });
  server.answerAlways({ status: 403, body: '{"message":"no access for secret-word"}' });
  await assert.rejects(client.refresh());
  const written = await lines.next(2);
  assert.match(written[1] ?? "", /no access for \[token\]/);
  assert.doesNotMatch(written.join(), /secret-word/);
  client.close();
});

test("what is no logger is refused", () => {
  const refuse = (more: unknown, message: RegExp): void =>
    assert.throws(() => resolveOptions(more as ClientOptions), (error: unknown) => {
      return error instanceof ValidationError && message.test(error.message);
    });
  refuse(
    { logger: { info: () => {} } },
    /logger must be an object with debug\(\), info\(\), warn\(\) and error\(\), like console, but has no debug/,
  );
  refuse({ logger: () => {} }, /logger must be an object with debug.* but is a function/);
  refuse({ logLevel: "trace" }, /logLevel must be one of "debug", "info", "warn", "error", "off"/);
  resolveOptions({ logger: console });
});
