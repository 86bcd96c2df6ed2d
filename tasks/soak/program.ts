// A program of a task's own in another process, on any runtime, and the messages that go between the two.

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { basename } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Runtime, RUNTIMES } from "../runtimes.ts";
import { listen, pause } from "./lines.ts";

/** A program that was started, and the next message that it sends. */
export class Program {
  /** The process. */
  readonly child: ChildProcess;
  readonly #waiting: ((message: Readonly<Record<string, unknown>>) => void)[] = [];
  readonly #messages: Readonly<Record<string, unknown>>[] = [];
  #exit: string | undefined;
  #onExit: ((reason: string) => void) | undefined;

  /**
   * Starts it on a runtime.
   * @param way Which of the runtime's parameters come before it: `collectable` lets it call `gc()`.
   */
  constructor(
    runtime: Runtime,
    program: URL,
    parameters: readonly string[] = [],
    way: "program" | "collectable" = "program",
  ) {
    const file = fileURLToPath(program);
    const name = basename(file);
    const all = [...RUNTIMES[runtime.name][way], file, ...parameters];
    this.child = spawn(runtime.executable, all, { stdio: ["pipe", "pipe", "inherit"] });
    this.child.stdin?.on("error", () => {});
    if (this.child.stdout !== null) {
      listen(this.child.stdout, (message) => {
        const next = this.#waiting.shift();
        if (next === undefined) this.#messages.push(message);
        else next(message);
      });
    }
    this.child.once("exit", (code, signal) => {
      this.#exit = `${name} ended with ${signal ?? code}`;
      // What it said at last is read before.
      setTimeout(() => this.#onExit?.(this.#exit ?? ""), 500);
    });
  }

  /** Whether it has not ended. */
  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  /** Sends it a message. */
  send(message: Readonly<Record<string, unknown>>): void {
    this.child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  /** The next message from it. @throws {Error} (rejects) when it ends before. */
  message(): Promise<Readonly<Record<string, unknown>>> {
    const first = this.#messages.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      this.#onExit = (reason) => reject(new Error(reason));
      if (this.#exit !== undefined) this.#onExit(this.#exit);
    });
  }

  /** Stops the whole process for a time, as a debugger, a snapshot of its machine or a lack of processors does. */
  async freeze(millis: number): Promise<void> {
    this.#signal("SIGSTOP");
    await pause(millis);
    this.#signal("SIGCONT");
  }

  // The kill() of Deno's child process takes a process that was stopped for one that has ended.
  #signal(signal: "SIGSTOP" | "SIGCONT"): void {
    if (this.#exit === undefined && this.child.pid !== undefined) process.kill(this.child.pid, signal);
  }

  /** Ends it at once. */
  end(): void {
    this.#signal("SIGCONT");
    this.child.kill("SIGKILL");
  }
}
