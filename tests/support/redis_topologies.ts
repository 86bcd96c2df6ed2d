// Redis as it is run for more than one machine's worth of trust: with a replica and Sentinel, and as a cluster of three; and
// the clients of those libraries that know of them.

import type { RedisClientLike } from "../../store/redis.ts";
import { redisCalls } from "../../store/redis_client.ts";
import { adminOf, freePort, RedisServer } from "./redis.ts";
import type { OpenClient } from "./redis_clients.ts";

function opened(client: RedisClientLike, close: () => unknown): OpenClient {
  return { client, calls: redisCalls(client), [Symbol.dispose]: () => void close() };
}

/** Waits until something holds; polls, since servers that find each other tell nobody. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!await holds().catch(() => false)) {
    if (Date.now() > end) throw new Error(`not within 30 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A server with a replica, and a Sentinel that puts the one in the place of the other. */
export class Watched {
  /** The server that was the master at first. */
  readonly first: RedisServer;
  /** The one that was its replica. */
  readonly second: RedisServer;
  readonly #sentinel: RedisServer;

  private constructor(first: RedisServer, second: RedisServer, sentinel: RedisServer) {
    this.first = first;
    this.second = second;
    this.#sentinel = sentinel;
  }

  /** Starts them, and waits until the Sentinel knows the replica. */
  static async start(): Promise<Watched> {
    const first = await RedisServer.start(undefined, "--repl-diskless-sync-delay", "0");
    const second = await RedisServer.start(undefined, "--replicaof", `127.0.0.1 ${first.port}`);
    await until("the replica is in step", async () => {
      using admin = await adminOf(second.url);
      return String(await admin.execute("INFO", "replication")).includes("master_link_status:up");
    });
    const sentinel = await RedisServer.startSentinel(first.port);
    await until("the Sentinel knows the replica", async () => {
      using admin = await adminOf(sentinel.url);
      return (await admin.execute("SENTINEL", "replicas", "main") as unknown[]).length === 1;
    });
    return new Watched(first, second, sentinel);
  }

  /** A client of node-redis, which asks the Sentinel. */
  async nodeRedis(): Promise<OpenClient> {
    const { createSentinel } = await import("redis");
    const client = createSentinel({
      name: "main",
      sentinelRootNodes: [{ host: "127.0.0.1", port: this.#sentinel.port }],
    });
    client.on("error", () => {});
    await client.connect();
    return opened(client, () => client.destroy());
  }

  /** A client of ioredis, which asks the Sentinel. */
  async ioredis(): Promise<OpenClient> {
    const { Redis } = await import("ioredis");
    const client = new Redis({
      name: "main",
      sentinels: [{ host: "127.0.0.1", port: this.#sentinel.port }],
      sentinelRetryStrategy: () => 200,
    });
    client.on("error", () => {});
    await client.ping();
    return opened(client, () => client.disconnect());
  }

  /** Ends them all. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#sentinel, this.second, this.first]) await server[Symbol.asyncDispose]();
  }
}

/** The slots of each of three nodes. */
const SLOTS = [["0", "5460"], ["5461", "10922"], ["10923", "16383"]] as const;

/** A cluster of three masters. */
export class Cluster {
  /** The nodes. */
  readonly nodes: readonly RedisServer[];

  private constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes;
  }

  /** Starts one, and waits until each node serves its slots. */
  static async start(...more: string[]): Promise<Cluster> {
    const nodes: RedisServer[] = [];
    const buses: number[] = [];
    for (const _ of SLOTS) {
      const bus = await freePort();
      buses.push(bus);
      const options = [
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        `${bus}`,
        "--cluster-node-timeout",
        "2000",
      ];
      nodes.push(
        await RedisServer.start(undefined, ...options, "--cluster-require-full-coverage", "no", ...more),
      );
    }
    for (const [index, node] of nodes.entries()) {
      using admin = await adminOf(node.url);
      await admin.execute("CLUSTER", "ADDSLOTSRANGE", ...SLOTS[index] ?? []);
      const [first] = nodes;
      if (index > 0) await admin.execute("CLUSTER", "MEET", "127.0.0.1", `${first?.port}`, `${buses[0]}`);
    }
    for (const node of nodes) {
      await until("the cluster is well", async () => {
        using admin = await adminOf(node.url);
        const info = String(await admin.execute("CLUSTER", "INFO"));
        return info.includes("cluster_state:ok") && info.includes("cluster_slots_assigned:16384");
      });
    }
    return new Cluster(nodes);
  }

  /** A client of node-redis for the cluster. */
  async nodeRedis(): Promise<OpenClient> {
    const { createCluster } = await import("redis");
    const client = createCluster({ rootNodes: this.nodes.map(({ url }) => ({ url })) });
    client.on("error", () => {});
    await client.connect();
    return opened(client, () => client.destroy());
  }

  /** A client of ioredis for the cluster. */
  async ioredis(): Promise<OpenClient> {
    const { Cluster } = await import("ioredis");
    const client = new Cluster(this.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
    client.on("error", () => {});
    await new Promise<void>((resolve) => client.once("ready", () => resolve()));
    return opened(client, () => client.disconnect());
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node[Symbol.asyncDispose]();
  }
}
