// A single Redis that fails in every way that was thought of, under each library: the clients answer all the while, never go
// back, and end at the newest document.

import { LIBRARIES } from "../../../tests/support/redis_clients.ts";
import { adminOf, missingRedis, RedisServer } from "../../../tests/support/redis.ts";
import { TestWriter } from "../../../tests/support/redis_writers.ts";
import { change, numbered, present, Reader, type Stage } from "../stage.ts";

/** The stage. */
export const redisFaults: Stage = {
  name: "redis faults",
  missing: () => missingRedis() || undefined,
  async run(tell) {
    const folder = ["--appendonly", "yes", "--appendfsync", "always"];
    await using server = await RedisServer.start(undefined, ...folder);
    await using relay = await TestWriter.start(server.url, { document: numbered(1) });
    await relay.stored();
    const libraries = present(LIBRARIES);
    await using readers = new AsyncDisposableStack();
    const all: Reader[] = [];
    for (const library of libraries) {
      all.push(readers.use(await Reader.start(library.name, await library.open(server.url))));
    }
    let number = 1;
    const next = async (fault: string): Promise<void> => {
      const millis = await change(++number, [relay], all);
      tell(`${fault}: the last of ${all.length} had the change after ${millis.toFixed(0)} ms`);
    };
    const command = (script: string): Promise<unknown> => relay.calls.eval(script, [], []);
    await next("no fault");
    await server.kill();
    relay.give(numbered(++number));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await server.restart();
    await next("kill -9 and a start with the AOF");
    await server.kill();
    await server.restart();
    await next("kill -9 without a change meanwhile");
    using admin = await adminOf(server.url);
    const { execute } = admin;
    await execute("CLIENT", "PAUSE", "1500", "ALL");
    await next("CLIENT PAUSE for 1.5 s");
    const frozen = server.freeze(2_500);
    await next("a Redis that is frozen for 2.5 s");
    await frozen;
    await command("return redis.call('FLUSHALL')");
    for (const reader of all) await reader.reaches(number);
    await relay.stored();
    await next("FLUSHALL");
    await execute("CONFIG", "SET", "requirepass", "another");
    await execute("CLIENT", "KILL", "TYPE", "pubsub");
    await execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    relay.give(numbered(++number));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    for (const { client, errors } of all) {
      client.evaluateBoolean(`n-${number - 1}`, "user-1");
      const secret = errors.find(({ message, stack }) => `${message}${stack}`.includes("another"));
      if (secret !== undefined) throw new Error(`a message has the password in it: ${secret.message}`);
    }
    await execute("CONFIG", "SET", "requirepass", "");
    await next("a password that nobody knows for 3 s");
  },
};
