// One namespace that a relay writes to Redis: what the relay holds, what is stored, and writing it. Who leads is not known here.

import type { Clock } from "../core/clock.ts";
import type { RedisCalls } from "../store/redis_client.ts";
import {
  changesChannel,
  documentKey,
  type DocumentPlace,
  type EncodedDocument,
  encodeDocument,
} from "../store/redis_layout.ts";
import type { HeldDocument } from "./held_document.ts";
import { CLAIM_SCRIPT, WRITE_SCRIPT } from "./redis_scripts.ts";
import { decideWrite, type WrittenDocument } from "./write_order.ts";

/** Who leads, as far as a write has to know. */
export interface Leadership {
  /** The fencing number. */
  readonly fence: number;
  /** Since when, in the clock's `elapsed`. */
  readonly since: number;
  /** How long a lease lasts, in milliseconds. */
  readonly leaseMs: number;
}

/** How many digests of earlier documents are kept. */
const MAX_SUPERSEDED = 32;

/** The document of one namespace, here and in Redis. */
export class RedisPlace {
  readonly #calls: RedisCalls;
  readonly #clock: Clock;
  readonly #key: string;
  readonly #channel: string;
  #held: HeldDocument | undefined;
  #knownAt = -Infinity;
  #stored: WrittenDocument | undefined;
  #newest: WrittenDocument | undefined;
  #redisOffset = 0;
  /** The fencing number that was claimed last; -1 before the first look. */
  #claimed = -1;
  /** Kept for the next attempt, until it is written. */
  #encoded: { readonly digest: string; readonly document: EncodedDocument } | undefined;

  /** A place that holds nothing yet. */
  constructor(calls: RedisCalls, clock: Clock, place: DocumentPlace) {
    this.#calls = calls;
    this.#clock = clock;
    this.#key = documentKey(place);
    this.#channel = changesChannel(place);
  }

  /**
   * Holds a document, or the same one with the time at which it was confirmed.
   * @param confirmedAfter when it was not confirmed yet, in the clock's `elapsed`: the wall clock may have been set meanwhile.
   */
  hold(held: HeldDocument, confirmedAfter?: number): void {
    const { receivedAtMs, digest } = held;
    const before = this.#held;
    if (before?.digest === digest && before.receivedAtMs === receivedAtMs) return;
    this.#held = held;
    // A document from the relay's own store is of an age that nobody knows.
    if (receivedAtMs <= 0) this.#knownAt = -Infinity;
    else if (before?.digest === digest && confirmedAfter !== undefined) this.#knownAt = confirmedAfter;
    else this.#knownAt = this.#clock.elapsed() - Math.max(0, this.#clock.now() - receivedAtMs);
  }

  /**
   * Looks at what is in Redis and, with a fencing number, bars leaders before.
   * @returns the highest fencing number that was there.
   */
  async look(fence: number): Promise<number> {
    const reply = await this.#calls.eval(CLAIM_SCRIPT, [this.#key], [`${fence}`]) as readonly unknown[];
    const [stored, version, digest, received, superseded, time] = reply.map(String);
    this.#redisOffset = Number(time) - this.#clock.elapsed();
    this.#stored = version === "" ? undefined : {
      version: Number(version),
      digest: digest ?? "",
      receivedAt: Number(received),
      superseded: superseded === undefined || superseded === "" ? [] : superseded.split(" "),
    };
    if (this.#stored !== undefined && this.#stored.version >= (this.#newest?.version ?? 0)) {
      this.#newest = this.#stored;
    }
    this.#claimed = fence;
    return Number(stored);
  }

  /**
   * Writes what is held where it is due.
   * @param isLeader whether the lease is still one's own.
   * @returns what became of it: nothing to do, written, or refused because another leader has been there.
   */
  async write(leadership: Leadership, isLeader: () => boolean): Promise<"idle" | "written" | "refused"> {
    const { fence } = leadership;
    if (this.#claimed !== fence && await this.look(fence) > fence) return "refused";
    const held = this.#held;
    if (held === undefined || !isLeader() || !this.#isDue(held, leadership)) return "idle";
    const { encoding, size, data } = await this.#encode(held);
    const receivedAt = this.#knownAt === -Infinity ? 0 : Math.round(this.#knownAt + this.#redisOffset);
    const floor = Math.max(this.#clock.now(), (this.#newest?.version ?? 0) + 1);
    // Compressing takes time, in which another one may have taken over, or another document may have come.
    if (!isLeader() || this.#held?.digest !== held.digest) return "idle";
    const parameters = [fence, floor, held.digest, receivedAt, encoding, size, data, this.#channel].map(
      String,
    );
    const version = await this.#calls.eval(WRITE_SCRIPT, [this.#key], parameters);
    if (version === null || version === undefined) return "refused";
    const before = this.#stored?.digest;
    const superseded = [...before === undefined ? [] : [before], ...this.#stored?.superseded ?? []]
      .filter((digest, index, all) => digest !== held.digest && all.indexOf(digest) === index)
      .slice(0, MAX_SUPERSEDED);
    this.#stored = { version: Number(version), digest: held.digest, receivedAt, superseded };
    this.#newest = this.#stored;
    this.#encoded = undefined;
    return "written";
  }

  #isDue({ digest }: HeldDocument, { since, leaseMs }: Leadership): boolean {
    return decideWrite({
      digest,
      knownAt: this.#knownAt,
      stored: this.#stored,
      newest: this.#newest,
      leaderSince: since,
      now: this.#clock.elapsed(),
      redisOffset: this.#redisOffset,
      leaseMs,
    }) === "write";
  }

  async #encode({ digest, document }: HeldDocument): Promise<EncodedDocument> {
    if (this.#encoded?.digest !== digest) {
      this.#encoded = { digest, document: await encodeDocument(document) };
    }
    return this.#encoded.document;
  }
}
