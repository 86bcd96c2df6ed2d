// Runs clients against a server that fails in every way, and checks each of their answers: deno task soak
// [-- --minutes 2 --seed 1]. Also runs on Bun and Node. Fails on an answer that belongs to no served document, an
// answer older than the one before, an unhandled error, and a client that does not recover in the end.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { ClientOptions, FliptClient } from "../mod.ts";
import { EvaluationError, fileStore, FliptError } from "../mod.ts";
import { chooseEngine } from "../engines/choice.ts";
import { initClient } from "../src/client.ts";
import type { Clock } from "../core/clock.ts";
import { systemClock } from "../core/clock.ts";
import { FaultServer } from "../tests/support/fault_server.ts";
import { Random } from "../tests/support/random.ts";
import { ensureEngine } from "./build_engine.ts";
import { ownRuntime, titleOf } from "./runtimes.ts";
import { hideProgress, secondsSince, showProgress } from "./progress.ts";
import { Documents } from "./soak_documents.ts";
import { Chaos } from "./soak_faults.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

/** How many times faster the clients' time passes, so that they can use realistic intervals. */
const SPEED_FACTOR = 5;
/** How long every client has, in real time, to get the newest document after the faults have ended. */
const RECOVERY_TIMEOUT_MS = 20_000;

function fastClock(random: Random): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * SPEED_FACTOR,
    elapsed: () => systemClock.elapsed() * SPEED_FACTOR,
    after: (delayMs, callback, options) => systemClock.after(delayMs / SPEED_FACTOR, callback, options),
    random: () => random.next(),
  };
}

/** The counts of a run. */
const counts = { evaluations: 0, refused: 0, swaps: 0, started: 0, rejected: 0, unhandled: 0, wrong: 0 };

/** The numbers of the documents that were pushed to streams. */
const pushed = new Set<number>();

function wrong(problem: string): void {
  if (counts.wrong++ < 10) console.error(`WRONG: ${problem}`);
}

/** Runs clients with the same options one after the other. */
class Tenant {
  readonly #options: ClientOptions;
  readonly #documents: Documents;
  readonly #clock: Clock;
  #client: FliptClient | undefined;
  #newest = -1;

  constructor(options: ClientOptions, documents: Documents, clock: Clock) {
    this.#options = options;
    this.#documents = documents;
    this.#clock = clock;
  }

  /** The number of the newest document that the client has answered with; -1 for none. */
  get newest(): number {
    return this.#newest;
  }

  get name(): string {
    const { engine, fetchMode, errorStrategy, store } = this.#options;
    return `${engine}, ${fetchMode}, ${errorStrategy}${store === undefined ? "" : ", with a store"}`;
  }

  async restart(): Promise<void> {
    await this.end();
    counts.started++;
    try {
      const client = await initClient(this.#options, { clock: this.#clock, chooseEngine });
      client.on("update", () => counts.swaps++);
      // Errors are expected, but only of this package's classes.
      client.on("error", (error) => {
        if (!(error instanceof FliptError)) wrong(`${this.name}: an error of another kind: ${error.stack}`);
      });
      this.#newest = -1;
      this.#client = client;
    } catch (error) {
      if (!(error instanceof FliptError)) wrong(`${this.name}: init rejected with ${error}`);
      counts.rejected++;
    }
  }

  async end(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.[Symbol.asyncDispose]();
  }

  /** Starts a client if the last start failed. */
  async ensureStarted(): Promise<void> {
    if (this.#client === undefined) await this.restart();
  }

  evaluate(): void {
    const client = this.#client;
    if (client === undefined) return;
    try {
      const judgement = this.#documents.judge((requests) => {
        counts.evaluations += requests.length;
        return client.evaluateBatch(requests);
      });
      if (judgement.kind === "wrong") return wrong(`${this.name}: ${judgement.reason}`);
      if (judgement.kind === "empty") {
        if (this.#newest >= 0) wrong(`${this.name}: no flags, after document ${this.#newest}`);
        return;
      }
      // A stored state can be newer than what the lagging server returns at first.
      if (client.status.lastSuccess === undefined) return;
      // A push that began before a fetch may replace its newer state, until the stream is found to be dead.
      const mayGoBack = this.#options.fetchMode === "streaming" && !pushed.has(this.#newest);
      if (judgement.number < this.#newest && !mayGoBack) {
        wrong(`${this.name}: document ${judgement.number} after document ${this.#newest}`);
      }
      this.#newest = judgement.number;
    } catch (error) {
      counts.refused++;
      const mayRefuse = error instanceof EvaluationError && this.#options.errorStrategy === "strict";
      if (!mayRefuse) wrong(`${this.name}: an evaluation threw ${error}`);
    }
  }
}

/** Evaluates in a busy loop with short pauses, until it is over. */
async function evaluateAll(tenants: readonly Tenant[], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const end = performance.now() + 3;
    do {
      for (const tenant of tenants) tenant.evaluate();
    } while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Publishes documents and injects faults until the time is over. */
async function disturb(
  server: FaultServer,
  chaos: Chaos,
  documents: Documents,
  tenants: readonly Tenant[],
  random: Random,
  end: number,
): Promise<void> {
  const start = performance.now();
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20 + random.below(150)));
    showProgress(`${secondsSince(start)}: ${counts.evaluations} evaluations, ${counts.wrong} wrong`);
    // The record of requests is not needed and would grow.
    server.requests.length = 0;
    const dice = random.next();
    if (dice < 0.5) {
      const document = await documents.next();
      pushed.add(documents.count - 1);
      chaos.push(document);
    } else if (dice < 0.7) server.setDocument(await documents.next());
    else if (dice < 0.78) chaos.breakStreams();
    else if (dice < 0.86) chaos.sendInvalidLines();
    else if (dice < 0.89) await chaos.outage(50 + random.below(1_000));
    else await random.pick(tenants).restart();
  }
  hideProgress();
}

function megabytes(): string {
  return `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`;
}

const USAGE = `usage: deno task soak [--minutes <number>] [--seed <number>]

Runs clients against a server that fails in every way, and checks every answer.

  --minutes <number>   the duration, above 0 (default: 2)
  --seed <number>      the seed of the random numbers, a whole number (default: the time)
  --help               show this help`;

async function soak(): Promise<number> {
  const { values } = taskArguments(USAGE, {
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
  });
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? Date.now() >>> 0 : Number(values.seed);
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
    endWithUsage(USAGE, "--minutes must be above 0, and --seed a whole number");
  }
  const unhandled = (error: unknown): void => {
    if (counts.unhandled++ < 10) console.error("UNHANDLED:", error);
  };
  process.on("unhandledRejection", unhandled);
  process.on("uncaughtException", unhandled);

  const engines = ensureEngine() === undefined ? ["portable"] as const : ["native", "portable"] as const;
  const random = new Random(seed);
  const documents = new Documents(random);
  const clock = fastClock(new Random(seed + 1));
  const server = await FaultServer.start(await documents.next());
  const chaos = new Chaos(server, random);
  const folder = mkdtempSync(join(tmpdir(), "flipt-soak-"));
  const tenants = engines.flatMap((engine) =>
    (["polling", "streaming"] as const).flatMap((fetchMode) =>
      (["fallback", "fail", "strict"] as const).map((errorStrategy) => {
        const store = errorStrategy !== "fallback"
          ? undefined
          : fileStore(join(folder, `${engine}-${fetchMode}.snapshot`));
        const options = { engine, fetchMode, errorStrategy, store, url: server.url, namespace: "shop" };
        return new Tenant({ ...options, updateInterval: 5, requestTimeout: 4 }, documents, clock);
      })
    )
  );
  console.log(`${titleOf(ownRuntime())}: ${tenants.length} clients for ${minutes} minutes, seed ${seed}`);

  let isOver = false;
  const evaluating = evaluateAll(tenants, () => isOver);
  await Promise.all(tenants.map((tenant) => tenant.restart()));
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const rssAtStart = megabytes();
  await disturb(server, chaos, documents, tenants, random, Date.now() + minutes * 60_000);

  chaos.end();
  server.push(await documents.next());
  await Promise.all(tenants.map((tenant) => tenant.ensureStarted()));
  const last = documents.count - 1;
  const limit = Date.now() + RECOVERY_TIMEOUT_MS;
  const behind = (): Tenant[] => tenants.filter(({ newest }) => newest !== last);
  while (behind().length > 0 && Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const tenant of behind()) {
    wrong(`${tenant.name}: still at document ${tenant.newest} of ${last} after the faults have ended`);
  }
  const rssAtEnd = megabytes();
  isOver = true;
  await evaluating;
  await Promise.all(tenants.map((tenant) => tenant.end()));
  await server.close();
  rmSync(folder, { recursive: true, force: true });
  // Unhandled errors are only reported when everything else is done.
  await new Promise((resolve) => setTimeout(resolve, 100));

  console.log(`evaluations made        ${counts.evaluations}`);
  console.log(`refused under "strict"  ${counts.refused} batches`);
  console.log(`documents served        ${documents.count}`);
  console.log(`states swapped          ${counts.swaps}`);
  console.log(`faults injected         ${chaos.injected}`);
  console.log(`clients started         ${counts.started}, of which ${counts.rejected} could not`);
  console.log(`resident memory         ${rssAtStart} at the start, ${rssAtEnd} at the end`);
  console.log(`unhandled errors        ${counts.unhandled}`);
  console.log(`wrong answers           ${counts.wrong}`);
  const isGood = counts.wrong === 0 && counts.unhandled === 0 && counts.swaps > 0 && chaos.injected > 0;
  return isGood ? 0 : 1;
}

soak().then((code) => process.exit(code), (error: unknown) => {
  console.error(error);
  process.exit(2);
});
