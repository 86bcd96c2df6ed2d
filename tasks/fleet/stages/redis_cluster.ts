// A Redis cluster of three masters: a namespace on each, and a node that is killed.

import { FliptClient } from "../../../mod.ts";
import { digestOf } from "../../../relay/held_document.ts";
import { Hub } from "../../../relay/hub.ts";
import { RedisWriter } from "../../../relay/redis_writer.ts";
import { systemClock } from "../../../ffi/system_clock.ts";
import { redisSource } from "../../../store/redis.ts";
import { flagDocument } from "../../../testing/mod.ts";
import { missingRedis } from "../../../tests/support/redis.ts";
import { Cluster } from "../../../tests/support/redis_topologies.ts";
import { numberOf, type Stage, until } from "../stage.ts";

/** Namespaces whose keys are on three nodes. */
const NAMESPACES = ["shop", "search", "billing", "mobile", "checkout", "partners"] as const;

/** The stage. */
export const redisCluster: Stage = {
  name: "redis cluster",
  missing: () => missingRedis() || undefined,
  async run(tell) {
    await using cluster = await Cluster.start("--appendonly", "yes", "--appendfsync", "always");
    for (const name of ["nodeRedis", "ioredis"] as const) {
      using redis = await cluster[name]();
      const hub = new Hub();
      const give = (number: number): void => {
        for (const namespace of NAMESPACES) {
          const text = JSON.stringify(flagDocument({ [`n-${number}`]: true }, namespace));
          const document = new TextEncoder().encode(text);
          const digest = digestOf(document, undefined);
          hub.set({ environment: name, namespace, document, digest, receivedAtMs: Date.now() });
        }
      };
      give(1);
      const writer = new RedisWriter({ client: redis.client, leaseSeconds: 1, hub, clock: systemClock });
      writer.start();
      await until("all namespaces are written", () => writer.counts.writes >= NAMESPACES.length);
      const source = redisSource({ client: redis.client, environment: name, updateInterval: 2 });
      await using clients = new AsyncDisposableStack();
      const all: FliptClient[] = [];
      for (const namespace of NAMESPACES) {
        const client = await FliptClient.init({ source, namespace, engine: "portable", logLevel: "off" });
        all.push(clients.use(client));
      }
      const reach = async (fault: string, number: number): Promise<void> => {
        const millis = await until(
          `all hold ${number}, but ${all.map(numberOf)}`,
          () => all.every((client) => numberOf(client) === number),
        );
        tell(`${name}, ${fault}: the last of ${all.length} namespaces changed after ${millis.toFixed(0)} ms`);
      };
      give(2);
      await reach("no fault", 2);
      for (const [index, node] of cluster.nodes.entries()) {
        await node.kill();
        give(3 + index * 2);
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        await node.restart();
        give(4 + index * 2);
        await reach(`node ${index + 1} is killed and started again`, 4 + index * 2);
      }
      await writer.close();
    }
  },
};
