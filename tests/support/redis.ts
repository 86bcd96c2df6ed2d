// A Redis server of the test's own, on a free port of the loopback interface.

import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
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

/** A running server without any data. */
export class RedisServer {
  /** The port. */
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, process: ChildProcess, folder: string) {
    this.port = port;
    this.#process = process;
    this.#folder = folder;
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
    port ??= await freePort();
    const folder = mkdtempSync(join(tmpdir(), "flipt-redis-"));
    const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder, ...more];
    const process = spawn(executable ?? "redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    await new Promise<void>((resolve, reject) => {
      process.stdout?.on("data", (chunk) => {
        output += chunk;
        if (output.includes("Ready to accept connections")) resolve();
      });
      process.once("exit", () => reject(new Error(`redis-server ended: ${output}`)));
    });
    return new RedisServer(port, process, folder);
  }

  /** Stops it for a time: its connections stay open, and nothing answers. */
  async freeze(millis: number): Promise<void> {
    const { pid } = this.#process;
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
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((resolve) => this.#process.once("exit", resolve));
      this.#process.kill(signal);
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
