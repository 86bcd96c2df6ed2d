// A document of 20 MB, many changes in a row, and a subscriber that lags so far behind that Redis cuts it off.

import { Program } from "../../soak/program.ts";
import { ownRuntime } from "../../runtimes.ts";
import { FliptClient } from "../../../mod.ts";
import { digestOf } from "../../../relay/held_document.ts";
import { redisSource } from "../../../store/redis.ts";
import { flagDocument } from "../../../testing/mod.ts";
import { LIBRARIES } from "../../../tests/support/redis_clients.ts";
import { adminOf, missingRedis, RedisServer } from "../../../tests/support/redis.ts";
import { TestWriter } from "../../../tests/support/redis_writers.ts";
import { numbered, present, Reader, type Stage, until } from "../stage.ts";

/** The stage. */
export const redisSizes: Stage = {
  name: "redis sizes",
  missing: () => missingRedis() || undefined,
  async run(tell) {
    for (const { name } of present(LIBRARIES)) await large(tell, name);
    await manyChanges(tell);
    for (const { name } of present(LIBRARIES)) await laggingSubscriber(tell, name);
  },
};

/** A document of 20 MB with 40,000 flags, and one that differs from it. */
function largeDocument(on: boolean): Uint8Array {
  const flags = Object.fromEntries(
    Array.from({ length: 40_000 }, (_, index) => [`flag-${index}`, index % 2 === 0]),
  );
  const { flags: list, ...rest } = flagDocument({ ...flags, last: on }, "shop");
  const described = list.map((flag, index) => ({
    ...flag,
    description: `${index} ${"of many flags ".repeat(25)}`,
  }));
  return new TextEncoder().encode(JSON.stringify({ ...rest, flags: described }));
}

async function large(tell: (line: string) => void, name: string): Promise<void> {
  const library = LIBRARIES.find((each) => each.name === name);
  if (library === undefined) return;
  await using server = await RedisServer.start();
  const [first, second] = [largeDocument(false), largeDocument(true)];
  await using relay = await TestWriter.start(server.url, { document: first, library });
  await relay.stored();
  using redis = await library.open(server.url);
  const source = redisSource({ client: redis.client });
  let start = performance.now();
  await using client = await FliptClient.init({ source, namespace: "shop", logLevel: "off" });
  const cold = performance.now() - start;
  start = performance.now();
  relay.give(second);
  await until("the change is there", () => client.evaluateBoolean("last", "user-1").enabled);
  const changed = performance.now() - start;
  const [data] = await redis.calls.eval("return {redis.call('HSTRLEN', KEYS[1], 'data')}", [
    "flipt:{default/shop}:document",
  ], []) as number[];
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  tell(
    `a document of ${megabytes(first.length)} MB (${megabytes(data ?? 0)} MB in Redis) over ${name}: ` +
      `init in ${cold.toFixed(0)} ms, a change from the relay to the client in ${changed.toFixed(0)} ms`,
  );
}

async function manyChanges(tell: (line: string) => void): Promise<void> {
  await using server = await RedisServer.start();
  await using relay = await TestWriter.start(server.url, { document: numbered(1) });
  await relay.stored();
  await using readers = new AsyncDisposableStack();
  const all: Reader[] = [];
  for (const library of present(LIBRARIES)) {
    const redis = await library.open(server.url);
    all.push(readers.use(await Reader.start(library.name, redis, { updateInterval: 3_600 })));
  }
  const start = performance.now();
  for (let number = 2; number <= 501; number++) {
    relay.give(numbered(number));
    await relay.stored(({ digest }) => digest === digestOf(numbered(number), undefined));
  }
  for (const reader of all) await reader.reaches(501);
  tell(`500 changes in a row: all were there after ${(performance.now() - start).toFixed(0)} ms`);
}

/** Redis drops a subscriber that does not read; what it missed it reads when it is connected again. */
async function laggingSubscriber(tell: (line: string) => void, name: string): Promise<void> {
  await using server = await RedisServer.start(
    undefined,
    "--client-output-buffer-limit",
    "pubsub 1mb 1mb 1",
  );
  await using relay = await TestWriter.start(server.url, { document: numbered(1) });
  await relay.stored();
  const file = new URL("../programs/redis_reader.ts", import.meta.url);
  const program = new Program(ownRuntime(), file, [server.url, name]);
  try {
    const subscribers = "return #redis.call('PUBSUB', 'CHANNELS', '*shop*')";
    await until("it follows", async () => await relay.calls.eval(subscribers, [], []) === 1);
    await program.message();
    process.kill(program.child.pid ?? 0, "SIGSTOP");
    using admin = await adminOf(server.url);
    const noise = "x".repeat(1 << 20);
    await until("Redis drops it", async () => {
      await admin.execute("PUBLISH", "flipt:{default/shop}:changes", noise);
      return await relay.calls.eval(subscribers, [], []) === 0;
    });
    relay.give(numbered(2));
    await relay.stored(({ digest }) => digest === digestOf(numbered(2), undefined));
    const start = performance.now();
    process.kill(program.child.pid ?? 0, "SIGCONT");
    for (;;) {
      const { number, problems } = await program.message();
      if (Array.isArray(problems) && problems.length > 0) throw new Error(problems.join("\n"));
      if (number === 2) break;
      if (performance.now() - start > 30_000) throw new Error("it did not get the change that it missed");
    }
    tell(
      `a subscriber that Redis dropped, over ${name}: up to date after ${
        (performance.now() - start).toFixed(0)
      } ms`,
    );
  } finally {
    program.end();
  }
}
