// What a stage of the fleet's tests is, and what those with Redis share: documents that are counted, and readers that notice
// when they are given an older one.

import { FliptClient } from "../../mod.ts";
import { redisSource } from "../../store/redis.ts";
import { flagDocument } from "../../testing/mod.ts";
import type { RuntimeName } from "../runtimes.ts";
import type { Library, OpenClient } from "../../tests/support/redis_clients.ts";
import type { TestWriter } from "../../tests/support/redis_writers.ts";

/** A part of the fleet's tests. */
export interface Stage {
  /** What it is called, in a word or two. */
  readonly name: string;
  /** The runtimes that it is run on. @default all */
  readonly runtimes?: readonly RuntimeName[];
  /** Returns why it cannot be run here; `undefined` when it can. */
  missing?(): string | undefined;
  /**
   * Runs it.
   * @param tell Prints a line with a figure.
   * @param options Those of the task.
   * @throws {Error} (rejects) when what it shows does not hold.
   */
  run(tell: (line: string) => void, options: StageOptions): Promise<void>;
}

/** Options of the stages. */
export interface StageOptions {
  /** The duration of a long outage, in minutes. */
  readonly minutes: number;
}

/** The longest that anything is waited for, in milliseconds. */
const PATIENCE_MS = 60_000;

/** The document with a number, as large as is wanted. */
export function numbered(number: number, ballast = ""): Uint8Array {
  const document = { ...flagDocument({ [`n-${number}`]: true }, "shop"), ballast };
  return new TextEncoder().encode(JSON.stringify(document));
}

/** The number of the document that a client holds. */
export function numberOf(client: FliptClient): number {
  const [flag] = client.listFlags();
  return Number(flag?.key.slice(2));
}

/** Waits until something holds, however it comes about. Returns after how many milliseconds it did. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<number> {
  const start = performance.now();
  while (!await holds()) {
    if (performance.now() - start > PATIENCE_MS) {
      throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return performance.now() - start;
}

/** A client that reads from Redis, evaluates all the while, and fails when it is given an older document. */
export class Reader {
  /** The client. */
  readonly client: FliptClient;
  /** Errors that it was told, which are no failures: it answers on. */
  readonly errors: Error[] = [];
  /** What must not have happened. */
  readonly problems: string[] = [];
  readonly #redis: OpenClient;
  readonly #name: string;
  readonly #timer: ReturnType<typeof setInterval>;
  #highest: number;

  private constructor(name: string, redis: OpenClient, client: FliptClient) {
    this.#name = name;
    this.#redis = redis;
    this.client = client;
    this.#highest = numberOf(client);
    client.on("error", (error) => this.errors.push(error));
    client.on("update", () => this.#check());
    this.#timer = setInterval(() => this.#check(), 10);
  }

  /** Starts one, over a library or a client that is given. */
  static async start(
    name: string,
    redis: OpenClient,
    { subscriber, namespace = "shop", updateInterval = 2 }: {
      readonly subscriber?: OpenClient;
      readonly namespace?: string;
      readonly updateInterval?: number;
    } = {},
  ): Promise<Reader> {
    const source = redisSource({ client: redis.client, subscriber: subscriber?.client, updateInterval });
    const client = await FliptClient.init({ source, namespace, engine: "portable", logLevel: "off" });
    return new Reader(name, redis, client);
  }

  /** Settles when it holds a document with this number or a higher one. Returns the milliseconds that it took. */
  async reaches(number: number): Promise<number> {
    const what = (): string =>
      `${this.#name} holds ${number}, but ${numberOf(this.client)}; its last error is ${
        this.errors.at(-1)?.message
      }`;
    const start = performance.now();
    while (numberOf(this.client) < number) {
      if (performance.now() - start > PATIENCE_MS) {
        throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return performance.now() - start;
  }

  /** Ends it. @throws {Error} (rejects) with what must not have happened. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.client[Symbol.asyncDispose]();
    this.#redis[Symbol.dispose]();
    if (this.problems.length > 0) throw new Error(this.problems.join("\n"));
  }

  #check(): void {
    let number: number;
    try {
      number = numberOf(this.client);
      if (!this.client.evaluateBoolean(`n-${number}`, "user-1").enabled) throw new Error("the flag is off");
    } catch (error) {
      this.problems.push(`${this.#name} could not evaluate: ${error}`);
      return;
    }
    if (number < this.#highest) {
      this.problems.push(`${this.#name} went back from ${this.#highest} to ${number}`);
    }
    this.#highest = number;
  }
}

/** The libraries that run on this runtime. */
export function present(libraries: readonly Library[]): readonly Library[] {
  return libraries.filter(({ missing }) => missing === false);
}

/** Gives a document to relays, and waits until all readers have it. Returns the milliseconds until the last one had it. */
export async function change(
  number: number,
  writers: readonly TestWriter[],
  readers: readonly Reader[],
): Promise<number> {
  for (const writer of writers) writer.give(numbered(number));
  return Math.max(...await Promise.all(readers.map((reader) => reader.reaches(number))));
}
