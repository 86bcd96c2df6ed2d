// A Redis with a replica and Sentinel: its master is killed, and once more the one that came in its place.

import { missingRedis } from "../../../tests/support/redis.ts";
import { Watched } from "../../../tests/support/redis_topologies.ts";
import { TestWriter } from "../../../tests/support/redis_writers.ts";
import { change, numbered, Reader, type Stage } from "../stage.ts";

/** The stage. */
export const redisSentinel: Stage = {
  name: "redis sentinel",
  missing: () => missingRedis() || undefined,
  async run(tell) {
    await using watched = await Watched.start();
    await using relay = await TestWriter.start(await watched.ioredis(), { document: numbered(1) });
    await relay.stored();
    await using other = await TestWriter.start(await watched.nodeRedis(), { document: numbered(1) });
    const relays = [relay, other];
    await using readers = new AsyncDisposableStack();
    const all = [
      readers.use(await Reader.start("node-redis over Sentinel", await watched.nodeRedis())),
      readers.use(await Reader.start("ioredis over Sentinel", await watched.ioredis())),
    ];
    let number = 1;
    const next = async (fault: string): Promise<void> => {
      const millis = await change(++number, relays, all);
      tell(`${fault}: the last of ${all.length} had the change after ${millis.toFixed(0)} ms`);
    };
    await next("no fault");
    await watched.first.kill();
    await next("the master is killed");
    for (let changes = 0; changes < 20; changes++) await change(++number, relays, all);
    await watched.first.restart();
    await next("the master of before is its replica");
    tell(`taken over ${relay.writer.counts.takeovers} and ${other.writer.counts.takeovers} times`);
  },
};
