// A Redis server of the test's own, on a free port of the loopback interface.

import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const executable = ["redis-server", "valkey-server"].find((name) =>
  spawnSync(name, ["--version"]).status === 0
);

/** False, or why there can be no Redis here: for the `skip` of a test. */
export function missingRedis(): false | string {
  if (executable !== undefined) return false;
  console.error("\n!!! redis-server is missing: tests against Redis are SKIPPED\n");
  return "redis-server is not installed";
}

/** A server that runs, without any data at first. */
export class RedisServer {
  /** The port. */
  readonly port: number;
  /** The folder of its files. */
  readonly folder: string;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(
    port: number,
    first: readonly string[],
    more: readonly string[],
    folder = mkdtempSync(join(tmpdir(), "flipt-redis-")),
  ) {
    this.port = port;
    this.folder = folder;
    this.#options = [...first, "--port", `${port}`, "--bind", "127.0.0.1", "--dir", this.folder, ...more];
  }

  /** Where it is, as a URL. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /**
   * Starts one, on a free port unless it is told which.
   * @param more further parameters of the command line.
   */
  static async start(port?: number, ...more: string[]): Promise<RedisServer> {
    const server = new RedisServer(port ?? await freePort(), [], ["--save", "", ...more]);
    await server.restart();
    return server;
  }

  /** Starts a Sentinel that watches a server alone, and replaces it when it has not answered for a second. */
  static async startSentinel(masterPort: number): Promise<RedisServer> {
    const lines = [
      `sentinel monitor main 127.0.0.1 ${masterPort} 1`,
      "sentinel down-after-milliseconds main 1000",
      "sentinel failover-timeout main 3000",
    ];
    // It rewrites its file.
    const folder = mkdtempSync(join(tmpdir(), "flipt-redis-"));
    const file = join(folder, "sentinel.conf");
    writeFileSync(file, `${lines.join("\n")}\n`);
    const server = new RedisServer(await freePort(), [file, "--sentinel"], [], folder);
    await server.restart();
    return server;
  }

  /** Starts it again after `kill`, with the files that it has. */
  async restart(): Promise<void> {
    const process = spawn(executable ?? "redis-server", this.#options, {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = process;
    let output = "";
    await new Promise<void>((resolve, reject) => {
      process.stdout?.on("data", (chunk) => {
        output += chunk;
        if (/Ready to accept connections|Sentinel ID is/.test(output)) resolve();
      });
      process.once("exit", () => reject(new Error(`redis-server ended: ${output}`)));
    });
  }

  /** Stops it for a time: its connections stay open, and nothing answers. */
  async freeze(millis: number): Promise<void> {
    const { pid } = this.#process ?? {};
    if (pid === undefined) return;
    process.kill(pid, "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, millis));
    process.kill(pid, "SIGCONT");
  }

  /** Ends it as a machine that loses its power does. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Ends it at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const process = this.#process;
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.kill(signal);
    await ended;
  }
}

/** A connection for commands to a server of a test. */
export interface Admin extends Disposable {
  /** Sends a command. */
  execute(name: string, ...parameters: string[]): Promise<unknown>;
}

/** Connects to a server to give it commands. */
export async function adminOf(url: string): Promise<Admin> {
  const { Redis } = await import("ioredis");
  const redis = new Redis(url, { lazyConnect: true });
  redis.on("error", () => {});
  await redis.connect();
  return {
    execute: async (name, ...parameters) => await redis.call(name, ...parameters),
    [Symbol.dispose]: () => redis.disconnect(),
  };
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
