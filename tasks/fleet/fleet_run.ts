// A fleet for real: processes on all runtimes that read from Redis, a pair of relays that are killed at random, and a change
// each second.

import { FliptTestServer } from "../../testing/mod.ts";
import { Random } from "../../tests/support/random.ts";
import { RedisServer } from "../../tests/support/redis.ts";
import { RUNTIME_NAMES, type RuntimeName, testedRuntime } from "../runtimes.ts";
import { pause } from "../soak/lines.ts";
import { figures, numberedDocument } from "./hosts.ts";
import { ClientProcesses, RelayProcess, type Way } from "./processes.ts";
import { until } from "./stage.ts";

/** What is run. */
export interface FleetRun {
  /** The number of processes. */
  readonly processes: number;
  /** How often the flags change, once a second. */
  readonly changes: number;
  /** Prints a line with a figure. */
  readonly tell: (line: string) => void;
}

/** The lease of the relays, in seconds: the longest that a killed one leaves the fleet without a writer. */
const LEASE_SECONDS = 2;
/** How often a relay asks the server beside its stream, in seconds. */
const INTERVAL_SECONDS = 30;
/** The time from one kill to the next, in seconds, and from a kill to the start. */
const KILLS_SECONDS = { least: 6, most: 12, down: 2 } as const;
const SEED = 1;

/** Runs it. @throws {Error} (rejects) when a process goes back, cannot evaluate, or the server is asked too often. */
export async function runFleet({ processes, changes, tell }: FleetRun): Promise<void> {
  await using flipt = await FliptTestServer.start({ documents: { shop: numberedDocument(1) } });
  await using redis = await RedisServer.start();
  const parameters = [
    ...["--url", flipt.url, "-n", "shop", "--redis", redis.url, "--lease", String(LEASE_SECONDS)],
    ...["--interval", String(INTERVAL_SECONDS)],
  ];
  const startedAt = Date.now();
  await using first = new RelayProcess(parameters);
  await using second = new RelayProcess(parameters);
  const relays = [first, second];
  await Promise.all(relays.map((relay) => relay.ready()));
  await until("both relays stream", () => flipt.streams === 2);

  const clients = await ClientProcesses.start(waysOf(processes, redis.url));
  const started = Date.now();
  tell(
    `${processes} processes on ${RUNTIME_NAMES.length} runtimes, all ready after ${
      seconds(started - startedAt)
    } s`,
  );
  const asked = flipt.requests.length;
  const kills = new Kills(relays);
  const pushes: number[] = [];
  const lag: number[] = [];
  let number = 1;
  try {
    const killing = kills.run();
    for (let change = 0; change < changes; change++) {
      const next = started + (change + 1) * 1000;
      pushes.push(Date.now());
      flipt.push("shop", numberedDocument(++number));
      await pause(Math.max(0, next - Date.now()));
    }
    kills.stop();
    await killing;
    await clients.reach(number);
    for (const [index, pushedAt] of pushes.entries()) {
      const last = Math.max(...clients.all.map((one) => one.arrivalOf(index + 2) ?? Infinity));
      lag.push(last - pushedAt);
    }
    tell(`${changes} changes: the last process had each, or a later one, after ${figures(lag)}`);
    const calm = lag.filter((_, index) => !kills.isNear(pushes[index] ?? 0));
    tell(`  of these ${calm.length} far from a kill: ${figures(calm)}`);
    const starts = relays.reduce((sum, { starts }) => sum + starts, 0) - relays.length;
    const requests = flipt.requests.length - asked;
    const most = mostRequests(starts, Date.now() - started);
    tell(
      `${kills.count} kills and starts; meanwhile the server was asked ${requests} times (at most ${most})`,
    );
    if (requests > most) throw new Error(`the server was asked ${requests} times`);
  } finally {
    tell(`${await clients.end()} evaluations without an error, no older document, all at the last`);
  }
}

/** What relays may ask, whatever the number of processes: at each start a fetch and a stream, and proofs of life. */
function mostRequests(starts: number, millis: number): number {
  return 3 * starts + 2 * Math.ceil(millis / 1000 / (INTERVAL_SECONDS * 0.9)) + 2;
}

/** Processes on all runtimes, over all libraries. */
function waysOf(
  processes: number,
  url: string,
): { readonly way: Way; readonly runtime: ReturnType<typeof testedRuntime> }[] {
  const runtimes = new Map(RUNTIME_NAMES.map((name) => [name, testedRuntime(name)]));
  return Array.from({ length: processes }, (_, index) => {
    const name = RUNTIME_NAMES[index % RUNTIME_NAMES.length] ?? "deno";
    const way: Way = { way: "redis", url, library: libraryOf(name, index) };
    return { way, runtime: runtimes.get(name) ?? testedRuntime(name) };
  });
}

function libraryOf(name: RuntimeName, index: number): "node-redis" | "ioredis" | "bun" {
  if (name === "bun") return "bun";
  return index % 2 === 0 ? "node-redis" : "ioredis";
}

function seconds(millis: number): string {
  return (millis / 1000).toFixed(1);
}

/** Kills relays at random, one at a time, and starts them again. */
class Kills {
  readonly #relays: readonly RelayProcess[];
  readonly #random = new Random(SEED);
  readonly #times: number[] = [];
  #isStopped = false;

  constructor(relays: readonly RelayProcess[]) {
    this.#relays = relays;
  }

  /** The number of kills. */
  get count(): number {
    return this.#times.length;
  }

  /** Kills until it is stopped. */
  async run(): Promise<void> {
    const { least, most, down } = KILLS_SECONDS;
    for (;;) {
      await this.#wait(least + this.#random.next() * (most - least));
      if (this.#isStopped) return;
      const relay = this.#relays[Math.floor(this.#random.next() * this.#relays.length)];
      this.#times.push(Date.now());
      await relay?.kill();
      await this.#wait(down);
      relay?.restart();
    }
  }

  /** Kills no more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Whether a change may have waited for a relay to take over. */
  isNear(time: number): boolean {
    const reach = (LEASE_SECONDS + 1) * 1000;
    return this.#times.some((killed) => time > killed - 1000 && time < killed + reach);
  }

  async #wait(seconds: number): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!this.#isStopped && Date.now() < end) await pause(50);
  }
}
