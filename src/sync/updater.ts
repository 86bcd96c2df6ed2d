// One cycle of updating: attempts to fetch until one succeeds, fails for good or is the last. Never two cycles at once.

import { throwIfAborted } from "../../core/abortable.ts";
import { countAttempts, noteRetry } from "./failed_attempts.ts";
import { Backoff, MAX_WAIT_MS } from "./backoff.ts";
import type { Clock } from "../../core/clock.ts";
import type { Warn } from "../../core/user_callbacks.ts";
import { FetchError } from "../../core/errors.ts";
import type { Fetched } from "./fetch_attempt.ts";
import type { Version } from "../sources/version.ts";
import type { StateUpdates } from "./state_updates.ts";
import type { Settings } from "../options/options.ts";
import type { StateHolder } from "../state/state_holder.ts";
import { type Delay, delay } from "./delay.ts";

/** How many attempts a cycle makes before it fails, also the first one, in `init`. */
export const MAX_ATTEMPTS = 4;
/** The longest that a server's `Retry-After` is honoured, in seconds. */
export const MAX_RETRY_AFTER_SECONDS = 600;

/** How an update runs. */
export interface UpdateOptions {
  /** Whether nobody waits for it: the process may end during a delay before a retry. @default false */
  readonly background?: boolean;
  /**
   * Asked after a first attempt that failed and might do better the next time: true leaves it at that, for the next cycle
   * to try again. @default none
   */
  readonly isOneEnough?: () => Promise<boolean>;
}

/** What an updater is made of. */
export interface UpdaterParts {
  /** Fetches once. */
  fetchOnce(held: Version | undefined): Promise<Fetched>;
  /** The held state. */
  readonly holder: StateHolder;
  /** What puts states in place. */
  readonly stateUpdates: StateUpdates;
  /** Timers and randomness. */
  readonly clock: Clock;
  /** How many seconds lie between two cycles while all is well; 0 for no such rule. */
  readonly settings: Pick<Settings, "updateInterval">;
  /** Ends a cycle, and every later one, with its reason. */
  readonly lifetime: AbortSignal;
  /** Writes a line about a first attempt that failed. */
  readonly warn: Warn;
}

/** Brings the held state up to date. */
export class Updater {
  readonly #parts: UpdaterParts;
  readonly #intervalMs: number;
  readonly #backoff: Backoff;
  readonly #observers = new Set<() => void>();
  #inFlight: Promise<boolean> | undefined;
  #delay: Delay | undefined;
  #isAwaited = false;
  #waitMs: number | undefined;
  #failure: unknown;

  /** Takes the parts over. */
  constructor(parts: UpdaterParts) {
    this.#parts = parts;
    this.#intervalMs = parts.settings.updateInterval * 1000;
    // Up to the interval and not only to 30 s: a fleet that comes back in 30 s is seven times its usual load, one that
    // comes back within the interval twice (`deno task simulate:fleet`). The wait grows with the outage, as it should.
    this.#backoff = new Backoff(parts.clock, Math.max(MAX_WAIT_MS, this.#intervalMs));
  }

  /** How long the next cycle should wait after the last one failed, in milliseconds; `undefined` when it did not. */
  get waitAfterFailureMs(): number | undefined {
    return this.#waitMs;
  }

  /** What the last attempt failed with, also when another one follows; `undefined` when it did not. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Runs a cycle, or joins the one that runs. Who waits for it cuts a delay before a retry short.
   * @returns true when the state changed.
   */
  update({ background = false, isOneEnough }: UpdateOptions = {}): Promise<boolean> {
    if (!background) this.#isAwaited = true;
    if (this.#inFlight === undefined) {
      this.#inFlight = this.#cycle(isOneEnough).finally(() => {
        this.#inFlight = undefined;
        this.#isAwaited = false;
        for (const observer of [...this.#observers]) observer();
      });
    } else if (!background) this.#delay?.cut();
    return this.#inFlight;
  }

  /** Calls `observer` after each cycle, however it ended. Gives what stops that. */
  observe(observer: () => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Settles when no cycle runs; never rejects. */
  async idle(): Promise<void> {
    await this.#inFlight?.catch(() => {});
  }

  async #cycle(isOneEnough: UpdateOptions["isOneEnough"]): Promise<boolean> {
    const { clock, holder, lifetime, stateUpdates, warn } = this.#parts;
    const start = clock.elapsed();
    for (let attempts = 1;; attempts++) {
      throwIfAborted(lifetime);
      try {
        const fetched = await this.#parts.fetchOnce(holder.version);
        this.#waitMs = this.#failure = undefined;
        return stateUpdates.fetched(fetched);
      } catch (error) {
        throwIfAborted(lifetime);
        this.#failure = error;
        const failure = error instanceof FetchError ? error : undefined;
        // While fetching fails, a cycle is one attempt: the backoff between cycles goes on where that within one ended.
        // Who waits for one, also for one that was under way, gets as many as at any other time.
        const isShort = this.#waitMs !== undefined && !this.#isAwaited;
        if (attempts === 1 && !isShort) this.#backoff.reset();
        const wait = this.#waitAfter(failure?.retryAfter);
        const isLast = !failure?.retryable || isShort || attempts >= MAX_ATTEMPTS || wait > MAX_WAIT_MS;
        if (isLast || attempts === 1 && await isOneEnough?.()) {
          this.#waitMs = wait;
          countAttempts(error, attempts, clock.elapsed() - start);
          stateUpdates.failed(error);
          throw error;
        }
        noteRetry(error, attempts, wait, this.#isAwaited, holder, warn);
        this.#delay = delay(clock, wait, { background: !this.#isAwaited, signal: lifetime });
        await this.#delay.over.finally(() => this.#delay = undefined);
      }
    }
  }

  /** The backoff, no longer than the interval; after what the server asked for, where it did. */
  #waitAfter(asked: number | undefined): number {
    const backoff = this.#backoff.next();
    if (asked !== undefined) return Math.min(asked, MAX_RETRY_AFTER_SECONDS) * 1000 + backoff;
    return this.#intervalMs === 0 ? backoff : Math.min(backoff, this.#intervalMs);
  }
}
