// The clients of the soak test, in a process of the runtime that is tested. Ends with exit code 1 after a wrong answer.

import { join } from "node:path";
import process from "node:process";
import { createClient } from "redis";
import type { SnapshotStore } from "../../mod.ts";
import { fileStore } from "../../mod.ts";
import { redisStore } from "../../store/redis.ts";
import type { Clock } from "../../core/clock.ts";
import { collectGarbage } from "../../bench/memory.ts";
import { systemClock } from "../../ffi/system_clock.ts";
import { Random } from "../../tests/support/random.ts";
import { Documents } from "./documents.ts";
import { listen, pause, tell } from "./lines.ts";
import { Counts, Tenant } from "./tenant.ts";

/** What this program is started with. */
export interface ClientsSetup {
  /** Where the server is. */
  readonly url: string;
  /** Where the documents and the chance begin. */
  readonly seed: number;
  /** The share of a core that evaluating may take. */
  readonly load: number;
  /** The engines. */
  readonly engines: readonly ("native" | "portable")[];
  /** The folder of the file stores. */
  readonly folder: string;
  /** Where Redis is; absent where there is none. */
  readonly redis?: string;
}

/** How many times as fast as ours the time of the clients passes: their intervals and waits are those of real life. */
const SPEED_FACTOR = 5;
/** Milliseconds of our time that every client has to come to the newest document, once all is well. */
const RECOVERY_TIMEOUT_MS = 30_000;
/** How many documents are known in advance to the judge. */
const LOOKAHEAD = 200;
/** The longest that the clock of the system is set by, in milliseconds. */
const MAX_JUMP_MS = 2 * 3_600_000;
/** Milliseconds from one collection of garbage to the next: what is judged is what the process keeps. */
const COLLECTION_INTERVAL_MS = 60_000;

/** A clock that is fast, and set now and then. */
class JumpingClock implements Clock {
  /** How often it was set. */
  jumps = 0;
  readonly #start = Date.now();
  readonly #random: Random;
  #offset = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  jump(): void {
    this.jumps++;
    this.#offset = this.#random.below(2 * MAX_JUMP_MS) - MAX_JUMP_MS;
  }

  now(): number {
    return this.#start + this.#offset + (Date.now() - this.#start) * SPEED_FACTOR;
  }

  elapsed(): number {
    return performance.now() * SPEED_FACTOR;
  }

  after(delayMs: number, callback: () => void, options?: Parameters<Clock["after"]>[2]): () => void {
    return systemClock.after(delayMs / SPEED_FACTOR, callback, options);
  }

  random(): number {
    return this.#random.next();
  }
}

/** A store on a disk that can be full, where there is no real one that is. */
class FullableStore implements SnapshotStore {
  readonly name: string;
  readonly #store: SnapshotStore;
  readonly #isFull: () => boolean;

  constructor(store: SnapshotStore, isFull: () => boolean) {
    this.name = store.name ?? "";
    this.#store = store;
    this.#isFull = isFull;
  }

  load(): Promise<string | undefined> {
    return this.#store.load();
  }

  async save(snapshot: string): Promise<void> {
    if (this.#isFull()) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    await this.#store.save(snapshot);
  }
}

async function main(setup: ClientsSetup): Promise<void> {
  // Trouble is expected; listeners of errors look at it.
  console.warn = () => {};
  const counts = new Counts();
  const unhandled = (error: unknown): void => {
    if (counts.unhandled++ < 10) console.error("UNHANDLED:", error);
  };
  process.on("unhandledRejection", unhandled);
  process.on("uncaughtException", unhandled);

  setInterval(collectGarbage, COLLECTION_INTERVAL_MS).unref();

  const random = new Random(setup.seed + 2);
  const clock = new JumpingClock(new Random(setup.seed + 3));
  const documents = new Documents(new Random(setup.seed));
  let isDiskFull = false;
  const redis = setup.redis === undefined
    ? undefined
    : createClient({ url: setup.redis, socket: { reconnectStrategy: 200 } });
  redis?.on("error", () => {});
  await redis?.connect();

  const stores = (name: string): Readonly<Record<string, SnapshotStore | undefined>> => ({
    "no store": undefined,
    "file": new FullableStore(fileStore(join(setup.folder, `${name}.snapshot`)), () => isDiskFull),
    ...(redis === undefined ? {} : { "Redis": redisStore(redis, `soak:${name}`) }),
  });
  const tenants = setup.engines.flatMap((engine) =>
    (["polling", "streaming"] as const).flatMap((fetchMode) =>
      (["fallback", "fail", "strict"] as const).flatMap((errorStrategy) =>
        Object.entries(stores(`${engine}-${fetchMode}`)).flatMap(([storeName, store]) => {
          if ((store !== undefined) !== (errorStrategy === "fallback")) return [];
          const name = `${engine}, ${fetchMode}, ${errorStrategy}, ${storeName}`;
          const options = { engine, fetchMode, errorStrategy, store, url: setup.url, namespace: "shop" };
          const all = { ...options, updateInterval: 5, requestTimeout: 4 };
          return [new Tenant(name, all, documents, clock, counts)];
        })
      )
    )
  );

  let isOver = false;
  let isWell = false;
  const knowing = know();
  const evaluating = evaluateAll();
  await Promise.all(tenants.map((tenant) => tenant.restart()));
  const changing = change();
  listen(process.stdin, ({ full, last }) => {
    if (typeof full === "boolean") isDiskFull = full;
    if (typeof last === "number") void end(last);
  });
  process.stdin.on("end", () => process.exit(3));
  tell({ clients: tenants.length });

  /** Keeps the judge ahead of the server. */
  async function know(): Promise<void> {
    while (!isOver) {
      while (documents.count < counts.newest + LOOKAHEAD) await documents.next();
      await pause(20);
    }
  }

  /** Evaluates, with breath in between. */
  async function evaluateAll(): Promise<void> {
    while (!isOver) {
      const begun = performance.now();
      do {
        for (const tenant of tenants) tenant.evaluate();
      } while (performance.now() < begun + 3);
      await pause((performance.now() - begun) * (1 / setup.load - 1));
    }
  }

  /** Starts clients anew, and sets the clock. */
  async function change(): Promise<void> {
    while (!isWell) {
      await pause((500 + random.below(3_000)) / Math.min(1, setup.load * 5));
      if (random.chance(0.3)) clock.jump();
      else await random.pick(tenants).restart();
    }
  }

  async function end(last: number): Promise<void> {
    isWell = true;
    await changing;
    await Promise.all(tenants.map((tenant) => tenant.revive()));
    const limit = Date.now() + RECOVERY_TIMEOUT_MS;
    const behind = (): Tenant[] => tenants.filter(({ newest }) => newest !== last);
    while (behind().length > 0 && Date.now() < limit) await pause(50);
    for (const { name, newest } of behind()) {
      counts.addWrong(`${name}: still at document ${newest} of ${last}, though all is well`);
    }
    isOver = true;
    await Promise.all([evaluating, knowing]);
    await Promise.all(tenants.map((tenant) => tenant.end()));
    redis?.destroy();
    // An error that nobody handles shows only when all else is done.
    await pause(200);
    tell({ counts: { ...counts }, jumps: clock.jumps });
    process.exit(counts.wrong + counts.unhandled === 0 ? 0 : 1);
  }
}

await main(JSON.parse(process.argv[2] ?? "{}"));
