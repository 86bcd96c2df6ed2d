// Writes what a relay holds to Redis, for as long as it leads. Of any number of relays one leads: it has a lease, a key that
// expires, and a fencing number that rises with each leader, without which nothing is written. Others take over when the
// lease ends, or at once when it is handed over.

import type { Clock } from "../core/clock.ts";
import { errorText, FliptError, ValidationError } from "../core/errors.ts";
import {
  type RedisCalls,
  redisCalls,
  type RedisClientLike,
  type Subscription,
} from "../store/redis_client.ts";
import { DEFAULT_PREFIX } from "../store/redis_layout.ts";
import { subscribe } from "../store/redis_subscription.ts";
import { type HeldDocument, placeKey } from "./held_document.ts";
import type { Hub } from "./hub.ts";
import { type Leadership, RedisPlace } from "./redis_place.ts";
import { LEASE_SCRIPT, RELEASE_SCRIPT } from "./redis_scripts.ts";

/** What a relay is towards Redis. */
export type WriterRole = "leader" | "follower";

/** What a writer is made of. */
export interface RedisWriterParts {
  /** A client of node-redis, ioredis or Bun. The caller connects and closes it. */
  readonly client: RedisClientLike;
  /** A client for its subscription. @default `client.duplicate()` */
  readonly subscriber?: RedisClientLike | undefined;
  /** What the keys begin with. @default "flipt" */
  readonly prefix?: string | undefined;
  /** After how many seconds another relay takes over from one that died. @default 15 */
  readonly leaseSeconds?: number | undefined;
  /** What is written. */
  readonly hub: Hub;
  /** Timers and randomness. */
  readonly clock: Clock;
  /** Is told when the role is another one. */
  readonly onRole?: (role: WriterRole) => void;
  /** Is told of what fails; it is tried again. */
  readonly onError?: (error: Error) => void;
}

/** What a writer has counted. */
export interface WriterCounts {
  /** Documents that were written. */
  writes: number;
  /** Writes and reads that failed. */
  failures: number;
  /** Writes that were refused, since another relay had taken over. */
  refused_writes: number;
  /** How often it became the leader. */
  takeovers: number;
}

/** The longest lease, in seconds. */
const MAX_LEASE_SECONDS = 3_600;
/** How long closing waits for Redis, in milliseconds. */
const MAX_CLOSE_MS = 2_000;

/** A namespace, and what is under way for it. */
interface Written {
  readonly place: RedisPlace;
  isBusy: boolean;
  isDirty: boolean;
}

/** Writes what a hub holds to Redis, for as long as it leads. */
export class RedisWriter {
  /** What was counted. */
  readonly counts: WriterCounts = { writes: 0, failures: 0, refused_writes: 0, takeovers: 0 };
  readonly #parts: RedisWriterParts;
  readonly #calls: RedisCalls;
  readonly #leaseMs: number;
  readonly #prefix: string;
  readonly #token: string = crypto.randomUUID();
  readonly #written = new Map<string, Written>();
  readonly #underWay = new Set<Promise<void>>();
  #subscription: Subscription | undefined;
  #unsubscribe: () => void = () => {};
  #cancelTick: () => void = () => {};
  #cancelBeat: () => void = () => {};
  #cancelEnd: () => void = () => {};
  #ticking: Promise<void> | undefined;
  /** Whether something happened in the middle of a tick that asks for another one. */
  #isTickDue = false;
  #isClosed = false;
  #role: WriterRole = "follower";
  #fence = 0;
  #highestFence = 0;
  #leaderSince = 0;
  #leaseEnd = -Infinity;
  #lastBeat = 0;
  #catchesUpUntil = -Infinity;

  /** @throws {ValidationError} when the client is of no library that is known, or the lease is none. */
  constructor(parts: RedisWriterParts) {
    const { leaseSeconds = 15 } = parts;
    if (!(leaseSeconds > 0 && leaseSeconds <= MAX_LEASE_SECONDS)) {
      throw new ValidationError(
        `the lease must be a number of seconds, above 0 and at most ${MAX_LEASE_SECONDS}, but is ${leaseSeconds}`,
      );
    }
    this.#parts = parts;
    this.#calls = redisCalls(parts.client);
    this.#leaseMs = leaseSeconds * 1000;
    this.#prefix = parts.prefix ?? DEFAULT_PREFIX;
  }

  /** Whether it is the one that writes. */
  get role(): WriterRole {
    return this.#isLeader() ? "leader" : "follower";
  }

  /** Starts: tries to lead, and goes on trying. */
  start(): void {
    const { hub, client, subscriber } = this.#parts;
    for (const held of hub.all()) this.#hold(held);
    this.#unsubscribe = hub.subscribe((held) => {
      this.#hold(held);
      this.#write(this.#writtenOf(held));
    });
    this.#subscription = subscribe(client, subscriber, {
      onMessage: () => this.#tickNow(),
      onSubscribed: () => this.#tickNow(),
      onTrouble: () => {},
    });
    this.#subscription.add(this.#key("changes"));
    this.#lastBeat = this.#parts.clock.elapsed();
    this.#beat();
    this.#tickNow();
  }

  /** Ends it: waits for what is being written, and hands the lease over. Never rejects. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unsubscribe();
    this.#cancelTick();
    this.#cancelBeat();
    this.#cancelEnd();
    this.#subscription?.close();
    const handOver = async (): Promise<void> => {
      await Promise.all([this.#ticking, ...this.#underWay]);
      await this.#calls.eval(RELEASE_SCRIPT, [this.#key("lease")], [this.#token, this.#key("changes")]);
    };
    // Where Redis does not answer, the lease ends by itself.
    const late = new Promise<void>((resolve) => {
      this.#cancelEnd = this.#parts.clock.after(MAX_CLOSE_MS, resolve);
    });
    await Promise.race([handOver().catch(() => {}), late]).finally(() => this.#cancelEnd());
    this.#leaseEnd = -Infinity;
    this.#role = "follower";
  }

  #key(name: "lease" | "fence" | "changes"): string {
    return `${this.#prefix}:{relay}:${name}`;
  }

  /** Whether the lease is its own, by a clock that nobody sets: a process that was frozen sees at once that it is not. */
  #isLeader(): boolean {
    return this.#role === "leader" && this.#parts.clock.elapsed() < this.#leaseEnd;
  }

  #writtenOf({ environment, namespace }: HeldDocument): Written {
    const name = placeKey(environment, namespace);
    let written = this.#written.get(name);
    if (written === undefined) {
      const place = { prefix: this.#prefix, environment, namespace };
      written = {
        place: new RedisPlace(this.#calls, this.#parts.clock, place),
        isBusy: false,
        isDirty: false,
      };
      this.#written.set(name, written);
    }
    return written;
  }

  #hold(held: HeldDocument, confirmedAfter?: number): void {
    this.#writtenOf(held).place.hold(held, confirmedAfter);
  }

  #tickNow(): void {
    if (this.#isClosed) return;
    this.#isTickDue = true;
    if (this.#ticking !== undefined) return;
    this.#isTickDue = false;
    this.#cancelTick();
    this.#ticking = this.#tick().catch((error) => this.#failed(error)).finally(() => {
      this.#ticking = undefined;
      if (this.#isTickDue) return this.#tickNow();
      if (this.#isClosed) return;
      this.#cancelTick = this.#parts.clock.after(this.#leaseMs / 3, () => this.#tickNow(), {
        background: true,
      });
    });
  }

  /** Notices that the process was frozen, also where Redis does not answer. */
  #beat(): void {
    const { hub, clock } = this.#parts;
    const now = clock.elapsed();
    const lastBeat = this.#lastBeat;
    this.#lastBeat = now;
    // Confirmed at some time after the last beat.
    for (const held of hub.all()) this.#hold(held, lastBeat);
    // What its streams bring now may have waited in them. Others may lead for a lease.
    if (now - lastBeat > this.#leaseMs) this.#catchesUpUntil = now + this.#leaseMs;
    this.#cancelBeat();
    this.#cancelBeat = clock.after(this.#leaseMs / 3, () => this.#beat(), { background: true });
  }

  async #tick(): Promise<void> {
    this.#beat();
    const now = this.#parts.clock.elapsed();
    if (now >= this.#catchesUpUntil) await this.#renew(now);
    if (!this.#isLeader()) this.#be("follower");
    const fence = this.#isLeader() ? this.#fence : 0;
    await Promise.all([...this.#written.values()].map(async (written) => {
      // A document on its way is told of when it has arrived.
      if (written.isBusy) return;
      const stored = await written.place.look(fence);
      this.#highestFence = Math.max(this.#highestFence, stored);
      this.#write(written);
    }));
  }

  /** Takes the lease or extends it, where no other relay has it. */
  async #renew(now: number): Promise<void> {
    const { clock } = this.#parts;
    // One that is below what is stored with a document would be refused: it asks for a higher one.
    const own = Math.max(this.#fence, this.#highestFence);
    const parameters = [
      this.#token,
      ...[this.#leaseMs, own, clock.now()].map((each) => `${Math.floor(each)}`),
    ];
    const reply = await this.#calls.eval(LEASE_SCRIPT, [this.#key("lease"), this.#key("fence")], parameters);
    const [isOwn, fence] = reply as readonly unknown[];
    if (Number(isOwn) !== 1) return this.#be("follower");
    // From when it was asked for: it lasts no longer here than in Redis.
    this.#leaseEnd = now + this.#leaseMs;
    if (this.#fence !== Number(fence)) {
      this.#fence = Number(fence);
      this.#leaderSince = clock.elapsed();
    }
    this.#cancelEnd();
    this.#cancelEnd = clock.after(this.#leaseMs, () => {
      if (!this.#isLeader()) this.#be("follower");
    }, { background: true });
    this.#be("leader");
  }

  #be(role: WriterRole): void {
    if (role === "follower") this.#leaseEnd = -Infinity;
    if (this.#role === role || this.#isClosed) return;
    this.#role = role;
    if (role === "leader") this.counts.takeovers++;
    this.#parts.onRole?.(role);
  }

  /** Writes what a place holds where that is due; one write at a time, and another one for what came meanwhile. */
  #write(written: Written): void {
    written.isDirty = true;
    if (written.isBusy || !this.#isLeader() || this.#isClosed) return;
    written.isBusy = true;
    const writing = this.#writeAll(written).catch((error) => this.#failed(error)).finally(() => {
      this.#underWay.delete(writing);
    });
    this.#underWay.add(writing);
  }

  async #writeAll(written: Written): Promise<void> {
    try {
      while (written.isDirty && this.#isLeader()) {
        written.isDirty = false;
        await this.#writeOnce(written);
      }
    } finally {
      // In the same turn as the last look at `isDirty`: what comes from now on starts another one.
      written.isBusy = false;
    }
  }

  async #writeOnce({ place }: Written): Promise<void> {
    const leadership: Leadership = { fence: this.#fence, since: this.#leaderSince, leaseMs: this.#leaseMs };
    const isLeader = (): boolean => this.#isLeader() && this.#fence === leadership.fence;
    const outcome = await place.write(leadership, isLeader);
    if (outcome === "written") this.counts.writes++;
    if (outcome !== "refused" || this.#fence !== leadership.fence) return;
    this.counts.refused_writes++;
    this.#be("follower");
  }

  #failed(error: unknown): void {
    this.counts.failures++;
    if (this.#isClosed) return;
    this.#parts.onError?.(
      new FliptError(`the relay could not use Redis: ${errorText(error)}`, { cause: error }),
    );
  }
}
