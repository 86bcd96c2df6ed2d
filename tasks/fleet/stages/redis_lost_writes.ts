// A Redis that comes back with older data: a failover that lost the last writes, and a backup that is restored. And a replica
// that clients read from, which lags behind.

import { LIBRARIES, type OpenClient } from "../../../tests/support/redis_clients.ts";
import { adminOf, missingRedis, RedisServer } from "../../../tests/support/redis.ts";
import { TestWriter } from "../../../tests/support/redis_writers.ts";
import { TcpProxy } from "../../../tests/support/tcp_proxy.ts";
import { change, numbered, present, Reader, type Stage, until } from "../stage.ts";

/** The stage. */
export const redisLostWrites: Stage = {
  name: "redis lost writes",
  missing: () => missingRedis() || undefined,
  async run(tell) {
    await failover(tell);
    await backup(tell);
    await replica(tell);
  },
};

async function openReaders(readers: AsyncDisposableStack, url: string): Promise<readonly Reader[]> {
  const all: Reader[] = [];
  for (const library of present(LIBRARIES)) {
    all.push(readers.use(await Reader.start(library.name, await library.open(url))));
  }
  return all;
}

/** Waits until the document with a number is stored with a version above another. */
async function rewritten(relay: TestWriter, version: number): Promise<number> {
  const start = performance.now();
  await relay.stored((stored) => stored.version > version);
  return performance.now() - start;
}

/** A replica that missed the last changes takes over behind the one address of the service. */
async function failover(tell: (line: string) => void): Promise<void> {
  await using first = await RedisServer.start(undefined, "--repl-diskless-sync-delay", "0");
  await using second = await RedisServer.start(undefined, "--replicaof", `127.0.0.1 ${first.port}`);
  await using proxy = await TcpProxy.start(first.port);
  const url = `redis://127.0.0.1:${proxy.port}`;
  await using relay = await TestWriter.start(url, { document: numbered(1) });
  await relay.stored();
  await using readers = new AsyncDisposableStack();
  const all = await openReaders(readers, url);
  await change(2, [relay], all);
  using admin = await adminOf(second.url);
  await until(
    "the replica has a document",
    async () => await admin.execute("HGET", "flipt:{default/shop}:document", "version") !== null,
  );
  await admin.execute("REPLICAOF", "NO", "ONE");
  for (let number = 3; number <= 10; number++) await change(number, [relay], all);
  const { version } = await relay.stored();
  await first.kill();
  proxy.lead(second.port);
  const millis = await rewritten(relay, version);
  tell(`a failover that lost 8 changes: the newest is stored again after ${millis.toFixed(0)} ms`);
  tell(`the next change: after ${(await change(11, [relay], all)).toFixed(0)} ms`);
}

/** A backup is restored, once while a relay runs, and once while none does. */
async function backup(tell: (line: string) => void): Promise<void> {
  await using server = await RedisServer.start(undefined, "--dbfilename", "backup.rdb");
  await using readers = new AsyncDisposableStack();
  let all: readonly Reader[];
  {
    await using relay = await TestWriter.start(server.url, { document: numbered(1) });
    await relay.stored();
    all = await openReaders(readers, server.url);
    using admin = await adminOf(server.url);
    await admin.execute("SAVE");
    for (let number = 2; number <= 5; number++) await change(number, [relay], all);
    const { version } = await relay.stored();
    await server.kill();
    await server.restart();
    const millis = await rewritten(relay, version);
    tell(`a backup is restored under a relay: the newest is stored again after ${millis.toFixed(0)} ms`);
    await change(6, [relay], all);
  }
  await server.kill();
  await server.restart();
  await using relay = await TestWriter.start(server.url, { document: numbered(7) });
  const millis = Math.max(...await Promise.all(all.map((reader) => reader.reaches(7))));
  tell(`a backup is restored, and all relays are new: the newest is there after ${millis.toFixed(0)} ms`);
  await change(8, [relay], all);
}

/** Clients read from a replica that gets everything late, and are told by the master at once. */
async function replica(tell: (line: string) => void): Promise<void> {
  await using master = await RedisServer.start(undefined, "--repl-diskless-sync-delay", "0");
  await using line = await TcpProxy.start(master.port);
  await using second = await RedisServer.start(undefined, "--replicaof", `127.0.0.1 ${line.port}`);
  await using relay = await TestWriter.start(master.url, { document: numbered(1) });
  await relay.stored();
  await until("the replica has a document", async () => {
    using admin = await adminOf(second.url);
    return await admin.execute("HGET", "flipt:{default/shop}:document", "version") !== null;
  });
  await using readers = new AsyncDisposableStack();
  using open = new DisposableStack();
  const all: Reader[] = [];
  for (const library of present(LIBRARIES)) {
    const subscriber: OpenClient = open.use(await library.open(master.url));
    const reader = await Reader.start(library.name, await library.open(second.url), { subscriber });
    all.push(readers.use(reader));
  }
  let slowest = 0;
  for (let number = 2; number <= 6; number++) {
    // The message is there at once, and the document is not.
    const delayed = line.delay(400);
    slowest = Math.max(slowest, await change(number, [relay], all));
    await delayed;
  }
  tell(`a replica that is read and lags by 0.4 s: changes after at most ${slowest.toFixed(0)} ms`);
}
