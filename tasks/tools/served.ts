// A server that a program is, in a process of its own: asked over HTTP, and ended.

import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { type Answers, tailOf } from "./report.ts";

/** How long a server may take to start, and to have a change, in milliseconds. */
const TIMEOUT_MS = 40_000;

/** The time between two requests to one that does not answer yet, in milliseconds. */
const PAUSE_MS = 50;

/** A server. */
export class Served implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<unknown>;
  readonly #port: number;
  #output = "";
  #hasEnded = false;

  constructor(child: ChildProcessByStdio<null, Readable, Readable>, port: number) {
    this.#child = child;
    this.#port = port;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => this.#output += text);
    }
    this.#ended = new Promise<void>((resolve) => {
      const end = (): void => {
        this.#hasEnded = true;
        resolve();
      };
      child.once("close", end);
      child.once("error", (error) => {
        this.#output += error.message;
        end();
      });
    });
  }

  /** What it printed so far. */
  get output(): string {
    return this.#output;
  }

  /**
   * Asks until it answers, and what it answers is as wanted.
   * @throws {Error} with what it printed, when it ends, or does not answer so in time.
   */
  async answers(path: string, isWanted: (answers: Answers) => boolean = () => true): Promise<Answers> {
    const text = await this.text(path, (body) => isWanted(JSON.parse(body) as Answers));
    return JSON.parse(text) as Answers;
  }

  /** The same for any text. */
  async text(path: string, isWanted: (body: string) => boolean = () => true): Promise<string> {
    const until = performance.now() + TIMEOUT_MS;
    let last = "it does not answer";
    while (!this.#hasEnded && performance.now() < until) {
      try {
        const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
          headers: { "connection": "close" },
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const body = await response.text();
        if (response.ok && isWanted(body)) return body;
        last = `it answers ${path} with ${response.status}: ${body.slice(0, 2000)}`;
        // One that fails once must not pass because it does not the next time.
        if (response.status >= 500) break;
      } catch (error) {
        if (error instanceof SyntaxError) last = `it answers ${path} not with JSON`;
      }
      await delay(PAUSE_MS);
    }
    const why = this.#hasEnded ? `the server ended with ${this.#child.exitCode}` : last;
    throw new Error(`${why}\n${tailOf(this.#output)}`);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 3000);
    await this.#ended;
    clearTimeout(timer);
  }
}
