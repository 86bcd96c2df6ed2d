// One runtime's hour: its server, its clients, a Redis and a disk, what is done to them, and what comes of it.

import process from "node:process";
import { missingRedis, RedisServer } from "../../tests/support/redis.ts";
import type { Random } from "../../tests/support/random.ts";
import type { Runtime } from "../runtimes.ts";
import type { ClientsSetup } from "./clients.ts";
import { Disk } from "./disk.ts";
import type { Sample } from "./figures.ts";
import { sampleOf } from "./figures.ts";
import { pause } from "./lines.ts";
import { Program } from "./program.ts";
import type { Counts } from "./tenant.ts";

/** Milliseconds from one fault to the next, at least and at most. */
const [MIN_PAUSE_MS, MAX_PAUSE_MS] = [2_000, 12_000];
/** Milliseconds from one look at the clients' process to the next. */
const SAMPLE_INTERVAL_MS = 5_000;
/** Milliseconds that the end may take. */
const END_TIMEOUT_MS = 120_000;

/** What a trial is made of. */
export interface TrialSetup {
  /** What the clients run on. */
  readonly runtime: Runtime;
  /** What the server runs on. */
  readonly serverRuntime: Runtime;
  readonly engines: ClientsSetup["engines"];
  readonly minutes: number;
  readonly seed: number;
  readonly load: number;
  readonly random: Random;
}

/** What came of it. */
export interface TrialResult {
  readonly counts: Counts;
  readonly clients: number;
  readonly documents: number;
  /** What went wrong, by its kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly samples: readonly Sample[];
  readonly isDiskReal: boolean;
}

/** Runs a trial. @throws {Error} (rejects) when a program ends before its time. */
export async function trial(setup: TrialSetup): Promise<TrialResult> {
  const { random, seed, load, engines } = setup;
  using disk = new Disk();
  let redis = missingRedis() === false ? await RedisServer.start() : undefined;
  const server = new Program(setup.serverRuntime, new URL("./server.ts", import.meta.url), [
    `${seed}`,
    `${Math.min(1, load * 5)}`,
  ]);
  let clients: Program | undefined;
  const faults: Record<string, number> = {};
  const samples: Sample[] = [];
  try {
    const { url } = await server.message();
    const clientsSetup: ClientsSetup = {
      url: String(url),
      seed,
      load,
      engines,
      folder: disk.folder,
      redis: redis?.url,
    };
    const program = new URL("./clients.ts", import.meta.url);
    clients = new Program(setup.runtime, program, [JSON.stringify(clientsSetup)], "collectable");
    const { clients: count } = await clients.message();
    const begun = performance.now();
    const end = begun + setup.minutes * 60_000;
    const sampling = sample(clients, begun, end);
    await disturb(clients, end);
    await sampling;
    server.send({ end: true });
    const { last, injected } = await server.message();
    faults["injected by the server"] = Number(injected);
    clients.send({ last });
    const result = await Promise.race([
      clients.message(),
      pause(END_TIMEOUT_MS).then(() => {
        throw new Error("the clients did not come to an end");
      }),
    ]);
    faults["clock set"] = Number(result["jumps"]);
    return {
      counts: result["counts"] as Counts,
      clients: Number(count),
      documents: Number(last) + 1,
      faults,
      samples,
      isDiskReal: disk.isReal,
    };
  } finally {
    clients?.end();
    server.end();
    await redis?.[Symbol.asyncDispose]();
  }

  async function sample(of: Program, begun: number, end: number): Promise<void> {
    while (performance.now() < end && of.isRunning) {
      const taken = sampleOf(of.child.pid ?? 0, (performance.now() - begun) / 1000);
      if (taken !== undefined) samples.push(taken);
      await pause(Math.min(SAMPLE_INTERVAL_MS, Math.max(0, end - performance.now())));
    }
  }

  async function disturb(of: Program, end: number): Promise<void> {
    const happen: readonly (readonly [name: string, run: () => Promise<void>])[] = [
      ["server stopped", () => server.freeze(200 + random.below(3_000))],
      ["clients stopped", () => of.freeze(200 + random.below(3_000))],
      ["disk full", async () => {
        disk.fill();
        of.send({ full: !disk.isReal });
        await pause(1_000 + random.below(8_000));
        disk.free();
        of.send({ full: false });
      }],
      ...(redis === undefined ? [] : [
        ["Redis stopped", () => redis?.freeze(200 + random.below(3_000)) ?? Promise.resolve()],
        ["Redis restarted", async () => {
          const port = redis?.port;
          await redis?.[Symbol.asyncDispose]();
          await pause(random.below(2_000));
          redis = await RedisServer.start(port);
        }],
      ] as const),
    ];
    while (performance.now() < end) {
      const left = end - performance.now();
      await pause(Math.min(left, MIN_PAUSE_MS + random.below(MAX_PAUSE_MS - MIN_PAUSE_MS)));
      if (!of.isRunning || !server.isRunning) throw new Error("a program ended before its time");
      if (end - performance.now() < 100) continue;
      const [name, run] = random.pick(happen);
      faults[name] = (faults[name] ?? 0) + 1;
      await run();
    }
  }
}

/** Whether processes can be stopped and looked at as this takes for granted. */
export const IS_POSSIBLE: boolean = process.platform !== "win32";
