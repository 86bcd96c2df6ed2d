// A process of a fleet: a client that evaluates all the while, tells when it has another document, and notices when it is given
// an older one. Reports its status for each line of its standard input, and ends with it.

import process from "node:process";
import { type ClientOptions, fileStore, FliptClient } from "../../../mod.ts";
import { snapshotSource } from "../../../file/mod.ts";
import { redisSource } from "../../../store/redis.ts";
import { bunRedis, ioredis, nodeRedis } from "../../../tests/support/redis_clients.ts";
import { listen, tell } from "../../soak/lines.ts";
import { numberOf } from "../stage.ts";
import type { Way } from "../processes.ts";

/** How often it evaluates, in milliseconds. */
const INTERVAL_MS = 100;

const way: Way = JSON.parse(process.argv[2] ?? "{}");

async function optionsOf(way: Way): Promise<ClientOptions> {
  switch (way.way) {
    case "url":
      return { url: way.url, fetchMode: "streaming", updateInterval: 5 };
    case "writer":
      return { url: way.url, fetchMode: "streaming", updateInterval: 5, store: fileStore(way.path) };
    case "snapshot":
      return { source: snapshotSource(way.path, { watch: true }) };
    case "redis": {
      const library = { "node-redis": nodeRedis, ioredis, bun: bunRedis }[way.library];
      const { client } = await library.open(way.url);
      return { source: redisSource({ client, updateInterval: way.updateInterval ?? 2 }) };
    }
  }
}

let highest = -1;
let evaluations = 0;
let errors = 0;

function check(client: FliptClient): void {
  try {
    const number = numberOf(client);
    if (!client.evaluateBoolean(`n-${number}`, "user-1").enabled) throw new Error("the flag is off");
    evaluations++;
    if (number < highest) tell({ problem: `went back from ${highest} to ${number}` });
    if (number > highest) tell({ number, at: Date.now() });
    highest = number;
  } catch (error) {
    tell({ problem: `could not evaluate: ${error}` });
  }
}

const client = await FliptClient.init({
  ...await optionsOf(way),
  namespace: "shop",
  engine: "portable",
  logLevel: "off",
});
client.on("error", () => errors++);
client.on("update", () => check(client));
check(client);
setInterval(() => check(client), INTERVAL_MS);
tell({ ready: true });
listen(process.stdin, () => {
  const { ageSeconds, consecutiveFailures, lastError } = client.status;
  tell({ report: { evaluations, ageSeconds, consecutiveFailures, lastError: lastError?.message } });
});
process.stdin.on("end", async () => {
  await client[Symbol.asyncDispose]();
  tell({ evaluations, errors });
  process.exit(0);
});
