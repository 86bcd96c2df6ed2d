// Relays as far as Redis sees them: a hub and its writer, over a client of their own.

import { systemClock } from "../../ffi/system_clock.ts";
import type { Clock } from "../../core/clock.ts";
import { digestOf } from "../../relay/held_document.ts";
import { Hub } from "../../relay/hub.ts";
import { RedisWriter, type WriterRole } from "../../relay/redis_writer.ts";
import { type StoredVersion, storedVersion } from "../../store/redis_layout.ts";
import { ioredis, type Library, type OpenClient } from "./redis_clients.ts";
import { soon } from "./file_clients.ts";

/** The key of the document that the writers of the tests write. */
export const DOCUMENT_KEY = "flipt:{default/shop}:document";

/** A hub with its writer. */
export class TestWriter {
  /** What it writes. */
  readonly hub = new Hub();
  /** The writer. */
  readonly writer: RedisWriter;
  /** The roles that it was told, in order. */
  readonly roles: WriterRole[] = [];
  /** What failed. */
  readonly errors: Error[] = [];
  readonly #redis: OpenClient;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  private constructor(redis: OpenClient, clock: Clock, leaseSeconds: number) {
    this.#redis = redis;
    this.#clock = clock;
    this.writer = new RedisWriter({
      client: redis.client,
      leaseSeconds,
      hub: this.hub,
      clock,
      onRole: (role) => {
        this.roles.push(role);
        for (const resolve of this.#waiting) resolve();
        this.#waiting.clear();
      },
      onError: (error) => this.errors.push(error),
    });
  }

  /** Starts one with a lease that is short, over a client of its own or one that is given. */
  static async start(
    redis: string | OpenClient,
    { document, clock = systemClock, leaseSeconds = 1, library = ioredis }: {
      readonly document?: Uint8Array;
      readonly clock?: Clock;
      readonly leaseSeconds?: number;
      readonly library?: Library;
    } = {},
  ): Promise<TestWriter> {
    const client = typeof redis === "string" ? await library.open(redis) : redis;
    const writer = new TestWriter(client, clock, leaseSeconds);
    if (document !== undefined) writer.give(document);
    writer.writer.start();
    return writer;
  }

  /** The commands of its client. */
  get calls(): OpenClient["calls"] {
    return this.#redis.calls;
  }

  /** Gives the hub a document, as if it had just been received, or at some time. */
  give(document: Uint8Array, receivedAtMs: number = this.#clock.now()): void {
    const digest = digestOf(document, undefined);
    this.hub.set({ environment: "default", namespace: "shop", document, digest, receivedAtMs });
  }

  /** Settles when it has the role. */
  async is(role: WriterRole): Promise<void> {
    while (this.writer.role !== role) {
      await soon(new Promise<void>((resolve) => this.#waiting.add(resolve)));
    }
  }

  /** Settles with what is stored when that holds. */
  async stored(holds: (stored: StoredVersion) => boolean = () => true): Promise<StoredVersion> {
    const end = Date.now() + 15_000;
    for (;;) {
      const stored = storedVersion(await this.calls.hmget(DOCUMENT_KEY, ["version", "digest"]));
      if (stored !== undefined && holds(stored)) return stored;
      if (Date.now() > end) throw new Error(`still version ${stored?.version} ${stored?.digest} is stored`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Ends it with its client, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.writer.close();
    this.#redis[Symbol.dispose]();
  }

  /** Lets its client go away, as that of a process that is killed does. */
  drop(): void {
    this.#redis[Symbol.dispose]();
  }
}
