// The processes of a fleet: clients, and relays that are killed and started again.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ownRuntime, type Runtime, RUNTIMES } from "../runtimes.ts";
import { listen } from "../soak/lines.ts";
import { until } from "./stage.ts";

/** How a process gets its flags. */
export type Way =
  | { readonly way: "url"; readonly url: string }
  | {
    readonly way: "redis";
    readonly url: string;
    readonly library: "node-redis" | "ioredis" | "bun";
    /** In seconds. @default 2 */
    readonly updateInterval?: number;
  }
  | { readonly way: "snapshot"; readonly path: string }
  | { readonly way: "writer"; readonly url: string; readonly path: string };

/** A message of a process. */
type Message = Readonly<Record<string, unknown>>;

/** What a client tells of itself. */
export interface ClientReport {
  /** The evaluations that it made. */
  readonly evaluations: number;
  /** The status of the client. */
  readonly consecutiveFailures: number;
  /** The age of its flags. */
  readonly ageSeconds?: number;
  /** The message of its last error. */
  readonly lastError?: string;
}

/** When a process had a document. */
interface Arrival {
  readonly number: number;
  /** In milliseconds since 1970. */
  readonly at: number;
}

function start(
  runtime: Runtime,
  file: string,
  parameters: readonly string[],
  onMessage: (m: Message) => void,
): ChildProcess {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(runtime.executable, [...RUNTIMES[runtime.name].program, program, ...parameters], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.on("error", (error) => console.error(error));
  child.stdin?.on("error", () => {});
  if (child.stdout !== null) listen(child.stdout, onMessage);
  return child;
}

/** A process with a client. */
export class ClientProcess {
  /** The documents that it had, in their order. */
  readonly arrivals: Arrival[] = [];
  /** What must not have happened. */
  readonly problems: string[] = [];
  /** The evaluations that it made; known at its end. */
  evaluations = 0;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #asked: ((report: ClientReport) => void)[] = [];
  #isReady = false;
  #hasEnded = false;

  /** Starts it. */
  constructor(way: Way, runtime: Runtime = ownRuntime()) {
    this.#child = start(runtime, "./programs/fleet_client.ts", [JSON.stringify(way)], (message) => {
      const { number, at, problem, ready, evaluations, report } = message;
      if (typeof number === "number") this.arrivals.push({ number, at: Number(at) });
      if (problem !== undefined) this.problems.push(`${runtime.name}: ${problem}`);
      if (ready === true) this.#isReady = true;
      if (typeof evaluations === "number") this.evaluations = evaluations;
      if (report !== undefined) this.#asked.shift()?.(report as ClientReport);
    });
    this.#ended = new Promise((resolve) =>
      this.#child.once("close", (code) => {
        if (code !== 0) this.problems.push(`${runtime.name}: ended with ${code}`);
        this.#hasEnded = true;
        resolve();
      })
    );
  }

  /** The number of the document that it has. */
  get number(): number {
    return this.arrivals.at(-1)?.number ?? -1;
  }

  /** Settles when it has a document, and evaluates. @throws {Error} (rejects) when it ends before. */
  async ready(): Promise<void> {
    await until("a process has flags", () => this.#isReady || this.#hasEnded);
    if (this.#hasEnded) throw new Error(this.problems.join("; "));
  }

  /** Returns what it tells of itself. */
  report(): Promise<ClientReport> {
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      this.#child.stdin?.write("{}\n");
    });
  }

  /** When it had a document with a number or a later one. */
  arrivalOf(number: number): number | undefined {
    return this.arrivals.find((arrival) => arrival.number >= number)?.at;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }
}

/** A relay as users start it. */
export class RelayProcess {
  readonly #parameters: readonly string[];
  readonly #runtime: Runtime;
  /** How often it was started. */
  starts = 0;
  /** What it told last of each event. */
  readonly events = new Map<string, Message>();
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  /** Starts it with the parameters of `flipt-ffi relay`. */
  constructor(parameters: readonly string[], runtime: Runtime = ownRuntime()) {
    this.#parameters = parameters;
    this.#runtime = runtime;
    this.restart();
  }

  /** Its memory, in MB; where it can be told. */
  get megabytes(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.#child?.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    } catch {
      return undefined;
    }
  }

  /** Starts it once more. */
  restart(): void {
    this.starts++;
    this.events.clear();
    const child = start(
      this.#runtime,
      "../../cli/mod.ts",
      ["relay", ...this.#parameters, "--json"],
      (message) => {
        if (child === this.#child) this.events.set(String(message["event"]), message);
      },
    );
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once("close", () => resolve()));
  }

  /** Settles when it has a document. */
  async ready(): Promise<void> {
    await until("a relay has a document", () => this.events.has("update") && this.events.has("start"));
  }

  /** Kills it. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    // Deno's child.kill() leaves no status behind.
    if (this.#child?.pid !== undefined && this.#child.exitCode === null) {
      try {
        process.kill(this.#child.pid, signal);
      } catch {
        // It has ended already.
      }
    }
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill("SIGTERM");
  }
}

/** Clients that are started a few at a time, and ended together. */
export class ClientProcesses {
  /** The processes. */
  readonly all: readonly ClientProcess[];

  private constructor(all: readonly ClientProcess[]) {
    this.all = all;
  }

  /** Starts them. */
  static async start(
    ways: readonly { readonly way: Way; readonly runtime?: Runtime }[],
  ): Promise<ClientProcesses> {
    const all: ClientProcess[] = [];
    const started = new ClientProcesses(all);
    const queue = ways.values();
    try {
      const work = async (): Promise<void> => {
        for (const { way, runtime } of queue) {
          const one = new ClientProcess(way, runtime);
          all.push(one);
          await one.ready();
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return started;
    } catch (error) {
      await started.end().catch(() => {});
      throw error;
    }
  }

  /** Settles when all have a document with a number or a later one. Returns when the last one had it. */
  async reach(number: number): Promise<number> {
    await until(
      `all processes hold ${number}`,
      () => this.all.every((one) => one.number >= number || one.problems.length > 0),
    );
    return Math.max(...this.all.map((one) => one.arrivalOf(number) ?? Infinity));
  }

  /** Ends all. @throws {Error} (rejects) with what must not have happened. Returns how many evaluations they made. */
  async end(): Promise<number> {
    await Promise.all(this.all.map((one) => one[Symbol.asyncDispose]()));
    const problems = this.all.flatMap((one) => one.problems);
    if (problems.length > 0) {
      throw new Error(`${problems.length} problems: ${problems.slice(0, 10).join("; ")}`);
    }
    return this.all.reduce((sum, { evaluations }) => sum + evaluations, 0);
  }
}

/** How many processes are started at the same time. */
const AT_ONCE = 4;
