// How long a client takes to start from Redis, beside one that starts from a Flipt server: that of this package, whose
// connection is kept alive.

import { FliptClient } from "../../../mod.ts";
import { redisSource } from "../../../store/redis.ts";
import { flagDocument, FliptTestServer } from "../../../testing/mod.ts";
import { LIBRARIES } from "../../../tests/support/redis_clients.ts";
import { missingRedis, RedisServer } from "../../../tests/support/redis.ts";
import { TestWriter } from "../../../tests/support/redis_writers.ts";
import { present, type Stage } from "../stage.ts";

/** How often each is started. */
const STARTS = 60;

/** The stage. */
export const redisColdStart: Stage = {
  name: "redis cold start",
  missing: () => missingRedis() || undefined,
  async run(tell) {
    for (const flags of [10, 2_000]) {
      const document = flagDocument(
        Object.fromEntries(Array.from({ length: flags }, (_, index) => [`flag-${index}`, true])),
        "shop",
      );
      const bytes = new TextEncoder().encode(JSON.stringify(document));
      await using flipt = await FliptTestServer.start({ documents: { shop: document } });
      await using server = await RedisServer.start();
      await using relay = await TestWriter.start(server.url, { document: bytes });
      await relay.stored();
      const ways: [string, () => Promise<void>][] = [[
        "a Flipt server",
        async () =>
          (await FliptClient.init({ url: flipt.url, namespace: "shop", updateInterval: 0 })).close(),
      ]];
      using clients = new DisposableStack();
      for (const library of present(LIBRARIES)) {
        const { client } = clients.use(await library.open(server.url));
        ways.push([`Redis, ${library.name} connected`, async () => {
          (await FliptClient.init({ source: redisSource({ client }), namespace: "shop" })).close();
        }]);
        ways.push([`Redis, ${library.name} with its connection`, async () => {
          using own = await library.open(server.url);
          const source = redisSource({ client: own.client });
          (await FliptClient.init({ source, namespace: "shop" })).close();
        }]);
      }
      const times = new Map<string, number[]>(ways.map(([name]) => [name, []]));
      // In turns, so that what else the machine does meets all of them.
      for (let start = 0; start < STARTS; start++) {
        for (const [name, way] of ways) {
          const begun = performance.now();
          await way();
          times.get(name)?.push(performance.now() - begun);
        }
      }
      for (const [name, list] of times) {
        list.sort((a, b) => a - b);
        const at = (part: number): string => (list[Math.floor(list.length * part)] ?? NaN).toFixed(1);
        tell(`${(bytes.length / 1000).toFixed(0)} kB from ${name}: median ${at(0.5)} ms, p90 ${at(0.9)} ms`);
      }
    }
  },
};
