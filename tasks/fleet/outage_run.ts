// A small fleet on all runtimes in a long outage: of the Flipt server, of Redis, or of both.

import assert from "node:assert/strict";
import { FliptTestServer } from "../../testing/mod.ts";
import { RedisServer } from "../../tests/support/redis.ts";
import { TcpProxy } from "../../tests/support/tcp_proxy.ts";
import type { RelayStatus } from "../../relay/mod.ts";
import { RUNTIME_NAMES, type RuntimeName, testedRuntime } from "../runtimes.ts";
import { pause } from "../soak/lines.ts";
import { numberedDocument } from "./hosts.ts";
import { ClientProcess, ClientProcesses, type ClientReport, RelayProcess, type Way } from "./processes.ts";
import { until } from "./stage.ts";

/** What is down. */
export interface Outage {
  /** What it is called. */
  readonly name: string;
  /** Whether Flipt is. */
  readonly flipt: boolean;
  /** Whether Redis is, and comes back empty. */
  readonly redis: boolean;
  /** The runtimes of the relays. */
  readonly relays: readonly RuntimeName[];
}

/** All outages. */
export const OUTAGES: readonly Outage[] = [
  { name: "Flipt", flipt: true, redis: false, relays: ["node", "bun"] },
  { name: "Redis", flipt: false, redis: true, relays: ["bun", "deno"] },
  { name: "Flipt and Redis", flipt: true, redis: true, relays: ["deno", "node"] },
];

/** What is run. */
export interface OutageRun {
  /** What is down. */
  readonly outage: Outage;
  /** For how long. */
  readonly minutes: number;
  /** Prints a line with a figure. */
  readonly tell: (line: string) => void;
}

/** The default of the client and of the relay, in seconds. */
const INTERVAL_SECONDS = 30;
/** The longest wait of the backoff towards Flipt, in seconds, and how often it waits before it may wait so long. */
const BACKOFF = { longest: 30, steps: 5 } as const;
/** The time between two changes of the flags, in seconds. */
const CHANGE_SECONDS = 10;
/** That of the Redis library with the shortest waits, node-redis. */
const REDIS_BACKOFF = { longest: 2, steps: 6 } as const;
/** Commands and the subscription each have a connection. */
const REDIS_CONNECTIONS = 2;
/** From when it is back, in seconds: a wait of the backoff; or a comparison, after the relay has written at a third of its lease. */
const BACK_WITHIN = { flipt: BACKOFF.longest + 5, redis: INTERVAL_SECONDS * 1.2 + 5 } as const;

/** Runs it. @throws {Error} (rejects) when the fleet does not behave as the documentation says. */
export async function runOutage({ outage, minutes, tell }: OutageRun): Promise<void> {
  await using flipt = await FliptTestServer.start({ documents: { shop: numberedDocument(1) } });
  await using redis = await RedisServer.start();
  await using toFlipt = await TcpProxy.start(Number(new URL(flipt.url).port));
  await using toRedis = await TcpProxy.start(redis.port);
  const redisUrl = `redis://127.0.0.1:${toRedis.port}`;
  const parameters = [
    ...["--url", `http://127.0.0.1:${toFlipt.port}`, "-n", "shop", "--redis", redisUrl],
    ...["--interval", String(INTERVAL_SECONDS), "--health-port", "0"],
  ];
  const [firstRuntime = "deno", secondRuntime = "deno"] = outage.relays;
  await using first = new RelayProcess(parameters, testedRuntime(firstRuntime));
  await using second = new RelayProcess(parameters, testedRuntime(secondRuntime));
  const relays = [first, second];
  await Promise.all(relays.map((relay) => relay.ready()));
  await until("both relays stream", () => flipt.streams === 2);
  const clients = await ClientProcesses.start(waysOf(redisUrl));
  try {
    let number = 1;
    const held = 3;
    while (number < held) {
      flipt.push("shop", numberedDocument(++number));
      await clients.reach(number);
    }
    const before = await Promise.all(clients.all.map((client) => client.report()));

    if (outage.flipt) toFlipt.shut();
    if (outage.redis) {
      toRedis.shut();
      await redis.kill();
    }
    const downAt = Date.now();
    const endsAt = downAt + minutes * 60_000;
    while (Date.now() < endsAt) {
      await pause(Math.min(CHANGE_SECONDS * 1000, endsAt - Date.now()));
      if (outage.flipt) flipt.setDocument("shop", numberedDocument(++number));
      else flipt.push("shop", numberedDocument(++number));
    }
    if (!outage.redis) await startMeanwhile(redisUrl, held);
    const seconds = (Date.now() - downAt) / 1000;
    const reports = await Promise.all(clients.all.map((client) => client.report()));
    for (const [index, report] of reports.entries()) checkClient(report, before[index], outage, seconds);
    for (const { number } of clients.all) assert.equal(number, held, "a client changed its flags");
    const states = await Promise.all(relays.map(healthOf));
    for (const state of states) checkRelay(state, outage, seconds);
    tell(`${seconds.toFixed(0)} s; each client answered from its last flags; ${described(reports, states)}`);
    checkAttempts(toFlipt.refused, toRedis.refused, outage, seconds, clients.all.length, tell);

    if (outage.redis) await redis.restart();
    const backAt = Date.now();
    toFlipt.open();
    toRedis.open();
    const newestAfter = (await clients.reach(number) - backAt) / 1000;
    tell(
      `${number - held} changes later, the last process had the newest ${
        newestAfter.toFixed(1)
      } s after the end`,
    );
    const limit = Math.max(outage.flipt ? BACK_WITHIN.flipt : 0, outage.redis ? BACK_WITHIN.redis : 0);
    assert.ok(newestAfter <= limit, `the newest document came after ${newestAfter} s, not within ${limit} s`);

    await until("both relays stream again", () => flipt.streams === 2);
    await until("one relay leads", async () => {
      const roles = (await Promise.all(relays.map(healthOf))).map(({ role }) => role);
      return roles.filter((role) => role === "leader").length === 1;
    });
    const pushedAt = Date.now();
    flipt.push("shop", numberedDocument(++number));
    tell(`the next change arrived after ${await clients.reach(number) - pushedAt} ms`);
  } finally {
    tell(`${await clients.end()} evaluations without an error, and no older document`);
  }
}

/** A client on each runtime, over each library that runs there. */
function waysOf(url: string): { readonly way: Way; readonly runtime: ReturnType<typeof testedRuntime> }[] {
  return RUNTIME_NAMES.flatMap((name) => {
    const libraries = name === "bun" ? ["bun"] as const : ["node-redis", "ioredis"] as const;
    return libraries.map((library) => ({
      way: { way: "redis", url, library, updateInterval: INTERVAL_SECONDS } as const,
      runtime: testedRuntime(name),
    }));
  });
}

/** A client that starts while Flipt is down has the last flags. */
async function startMeanwhile(url: string, held: number): Promise<void> {
  await using client = new ClientProcess({ way: "redis", url, library: "ioredis" });
  await client.ready();
  assert.equal(client.number, held, "a client that was started meanwhile has other flags");
}

/** @throws {AssertionError} when a client did not answer, or does not tell of what is down for it. */
function checkClient(
  now: ClientReport,
  before: ClientReport | undefined,
  outage: Outage,
  seconds: number,
): void {
  const evaluations = now.evaluations - (before?.evaluations ?? 0);
  assert.ok(evaluations > seconds, `${evaluations} evaluations in ${seconds} s`);
  if (outage.redis) {
    assert.ok(now.consecutiveFailures > 0, "a client does not count failures");
    assert.notEqual(now.lastError, undefined, "a client tells no error");
    assert.ok((now.ageSeconds ?? 0) > seconds - 5, `${now.ageSeconds} s old after ${seconds} s`);
  } else {
    assert.equal(now.consecutiveFailures, 0, "a client has trouble with Redis");
  }
}

/** @throws {AssertionError} when the health of a relay does not tell of what is down for it. */
function checkRelay({ ok, role, namespaces: [shop] }: RelayStatus, outage: Outage, seconds: number): void {
  assert.ok(ok, "a relay has a document, and says that it is not healthy");
  if (outage.redis) assert.equal(role, "follower", "a relay claims to lead without Redis");
  if (outage.flipt) {
    assert.ok((shop?.consecutiveFailures ?? 0) > 0, "a relay does not count failures");
    assert.notEqual(shop?.lastError, undefined, "a relay tells no error");
    // Up to an interval before the outage it heard nothing, and knew no better.
    const { ageSeconds = 0 } = shop ?? {};
    assert.ok(ageSeconds > seconds - 5, `the document of a relay is ${ageSeconds} s old after ${seconds} s`);
  } else {
    assert.equal(shop?.consecutiveFailures, 0, "a relay has trouble with Flipt");
  }
}

/** @throws {AssertionError} when more was tried than the backoff allows, or nothing at all. */
function checkAttempts(
  atFlipt: number,
  atRedis: number,
  { flipt, redis, relays }: Outage,
  seconds: number,
  clients: number,
  tell: (line: string) => void,
): void {
  // A stream and a poll for each relay, whose waits are half as long as the longest on average; half as many again by chance.
  const most = (longest: number, steps: number): number => steps + 1.5 * seconds / longest;
  const mostAtFlipt = flipt ? Math.ceil(2 * relays.length * most(BACKOFF.longest / 2, BACKOFF.steps)) : 0;
  const connections = REDIS_CONNECTIONS * (clients + relays.length);
  const mostAtRedis = redis ? Math.ceil(connections * most(REDIS_BACKOFF.longest, REDIS_BACKOFF.steps)) : 0;
  tell(
    `attempts: ${atFlipt} at Flipt (at most ${mostAtFlipt}), ${atRedis} at Redis (at most ${mostAtRedis})`,
  );
  for (const [count, limit] of [[atFlipt, mostAtFlipt], [atRedis, mostAtRedis]] as const) {
    assert.ok(count <= limit && (limit === 0 || count > 0), `${count} attempts, at most ${limit}`);
  }
}

/** The health of a relay. */
async function healthOf(relay: RelayProcess): Promise<RelayStatus> {
  const url = new URL("/healthz", String(relay.events.get("start")?.["health"]));
  url.hostname = "127.0.0.1";
  const response = await fetch(url);
  return await response.json() as RelayStatus;
}

/** What clients and relays tell, in a few words. */
function described(reports: readonly ClientReport[], states: readonly RelayStatus[]): string {
  const failures = reports.map(({ consecutiveFailures }) => consecutiveFailures);
  const ofRelays = states.map(({ role, namespaces: [shop] }) =>
    `${role}, ${shop?.consecutiveFailures} failures`
  );
  return `failures of the clients: ${failures.join(", ")}; relays: ${ofRelays.join("; ")}`;
}
