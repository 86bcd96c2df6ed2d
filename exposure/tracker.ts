// Makes exposures of answers: each once, in batches, within bounds.

import { mustBe, mustBeNumber } from "../core/describe.ts";
import { checkOptionNames, type OptionNames } from "../core/option_names.ts";
import type { Clock } from "../core/clock.ts";
import { systemClock } from "../ffi/system_clock.ts";
import { ValidationError } from "../core/errors.ts";
import { UserCallbacks } from "../core/user_callbacks.ts";
import { CRC_START, crcFinish, crcUpdate } from "../engines/rules/crc32.ts";
import type { EvaluationHook, HookAnswer } from "../src/evaluation/hooks.ts";
import { checkLimit } from "../src/metrics/tally.ts";
import { RecentKeys } from "./recent_keys.ts";

/** An answer that an entity saw, and when: the argument of `after` of a hook, without the context. */
export interface Exposure extends Readonly<Omit<HookAnswer, "context">> {
  /** The context, with the option `withContext`. */
  readonly context?: HookAnswer["context"];
  /** When it was first seen, ISO 8601 in UTC. */
  readonly timestamp: string;
}

/** Options of `trackExposures`. */
export interface ExposureOptions {
  /**
   * Sends a batch, oldest first. If it rejects or throws, that is reported once; the batch is sent again with the next
   * one, as far as there is room, and for the last time by `close()`.
   */
  readonly send: (exposures: readonly Exposure[]) => unknown;
  /** The share of entities whose exposures are sent, from 0 to 1: always the same ones. @default 1 */
  readonly sampleRate?: number;
  /** Whether exposures have the context, which can be personal data. @default false */
  readonly withContext?: boolean;
  /** Whether answers of overrides are exposures, too. @default false */
  readonly withOverrides?: boolean;
  /** Seconds after an exposure until it is sent. @default 10 */
  readonly flushInterval?: number;
  /** The maximum number of exposures in a batch; a full batch is sent at once. @default 500 */
  readonly maxBatch?: number;
  /** The maximum number of queued exposures. Others are dropped, and counted. @default 10000 */
  readonly maxWaiting?: number;
  /** The maximum number of exposures that are remembered so that they are not sent twice. @default 100000 */
  readonly maxRemembered?: number;
  /** Called with the promise of each batch, like `waitUntil` of edge workers. @default none */
  readonly waitUntil?: (sending: Promise<void>) => void;
}

/** Tracks the exposures of one client, or of several. */
export interface ExposureTracker {
  /** The hook for the `hooks` option of the client. */
  readonly hook: Partial<EvaluationHook>;
  /**
   * How often an exposure was dropped: because the queue was full, in which case it is recorded when it is seen again
   * later, or because it could not be sent by `close()`.
   */
  readonly dropped: number;
  /** Sends queued exposures. Resolves when that has been tried; never rejects. */
  flush(): Promise<void>;
  /**
   * Ends the tracking, and sends queued exposures. If that fails, it is tried once more; exposures that still cannot be
   * sent are dropped, counted in `dropped`, and reported. Resolves when that is done; never rejects. Idempotent.
   */
  close(): Promise<void>;
  /** Closes it at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Tracks exposures.
 *
 * @returns the hook for the client, and methods to send queued exposures.
 * @throws {ValidationError} when an option is invalid.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { trackExposures } from "@flipt-ffi/client/exposure";
 *
 * const exposures = trackExposures({
 *   send: (batch) => fetch("https://events.example.com/exposures", { method: "POST", body: JSON.stringify(batch) }),
 *   sampleRate: 0.1,
 * });
 * const client = await FliptClient.init({ url: "https://flipt.example.com", hooks: [exposures.hook] });
 * ```
 */
export function trackExposures(options: ExposureOptions): ExposureTracker {
  checkOptions(options);
  return new Tracker(options, systemClock);
}

/** Tracks exposures by a clock. @internal */
export class Tracker implements ExposureTracker {
  readonly hook: Partial<EvaluationHook> = { after: (answer) => this.#add(answer) };
  readonly #options: ExposureOptions;
  readonly #clock: Clock;
  readonly #maxBatch: number;
  readonly #maxWaiting: number;
  readonly #known: RecentKeys;
  /** Below it, the hash of an entity is in the sample. */
  readonly #threshold: number;
  #waiting: Exposure[] = [];
  #sending: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #dropped = 0;
  #isClosed = false;
  #closing: Promise<void> | undefined;
  #isReported = false;
  /** Whether the last batch failed: the next one is then sent when its time has come, not as soon as it is full. */
  #isFailing = false;
  #lastError: unknown;
  readonly #callbacks = new UserCallbacks();

  /** Takes options that were checked. */
  constructor(options: ExposureOptions, clock: Clock) {
    const { sampleRate = 1, maxBatch = 500, maxWaiting = 10_000, maxRemembered = 100_000 } = options;
    this.#options = options;
    this.#clock = clock;
    this.#maxBatch = maxBatch;
    this.#maxWaiting = maxWaiting;
    this.#known = new RecentKeys(maxRemembered);
    this.#threshold = sampleRate * 2 ** 32;
  }

  get dropped(): number {
    return this.#dropped;
  }

  flush(): Promise<void> {
    return this.#closing ?? this.#sendWaiting();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#closing ??= this.#sendLast();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #add({ context, ...answer }: HookAnswer): void {
    if (this.#isClosed || !this.#isSampled(answer.entityId)) return;
    if (answer.overridden && !this.#options.withOverrides) return;
    const key = keyOf(answer);
    if (this.#waiting.length >= this.#maxWaiting) {
      if (!this.#known.has(key)) this.#dropped++;
      return;
    }
    if (this.#known.add(key)) return;
    const timestamp = new Date(this.#clock.now()).toISOString();
    this.#waiting.push({ ...answer, ...(this.#options.withContext ? { context } : {}), timestamp });
    if (this.#waiting.length >= this.#maxBatch && !this.#isFailing) void this.#send();
    else this.#startTimer();
  }

  #isSampled(entityId: string): boolean {
    return this.#threshold >= 2 ** 32 ||
      crcFinish(crcUpdate(CRC_START, `exposure ${entityId}`)) >>> 0 < this.#threshold;
  }

  #startTimer(): void {
    const { flushInterval = 10 } = this.#options;
    this.#cancelTimer ??= this.#clock.after(flushInterval * 1000, () => {
      this.#cancelTimer = undefined;
      void this.#send();
    }, { background: true });
  }

  /** Sends all that waits, one batch after the other, until one fails. */
  #send(): Promise<void> {
    if (this.#sending === undefined) {
      this.#sending = this.#sendBatches().finally(() => {
        this.#sending = undefined;
        if (this.#waiting.length > 0 && !this.#isClosed) this.#startTimer();
      });
      this.#handOver(this.#sending);
    }
    return this.#sending;
  }

  async #sendWaiting(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    // What is being sent may fail, and then waits again.
    await this.#sending;
    if (this.#waiting.length > 0) await this.#send();
  }

  /** Sends what waits, tries once more what could not be sent, and drops the rest. */
  async #sendLast(): Promise<void> {
    await this.#sendWaiting();
    if (this.#waiting.length > 0) await this.#send();
    const lost = this.#waiting.splice(0).length;
    if (lost === 0) return;
    this.#dropped += lost;
    console.warn(
      `flipt: exposures could not be sent by close(), and are dropped (${lost}):`,
      this.#lastError,
    );
  }

  #handOver(sending: Promise<void>): void {
    const { waitUntil } = this.#options;
    if (waitUntil === undefined) return;
    this.#callbacks.run(waitUntil, "flipt: waitUntil failed; exposures are sent all the same", () => {
      return waitUntil(sending);
    });
  }

  async #sendBatches(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#maxBatch);
      try {
        await this.#options.send(batch);
        this.#isFailing = false;
      } catch (error) {
        this.#isFailing = true;
        this.#lastError = error;
        this.#report(error);
        const room = Math.max(0, this.#maxWaiting - this.#waiting.length);
        const dropped = batch.slice(room);
        this.#dropped += dropped.length;
        for (const exposure of dropped) this.#known.delete(keyOf(exposure));
        this.#waiting.unshift(...batch.slice(0, room));
        return;
      }
    }
  }

  #report(error: unknown): void {
    // What fails when there is no next batch is tried once more, and reported if it is lost.
    if (this.#isReported || this.#isClosed) return;
    this.#isReported = true;
    console.warn(
      "flipt: exposures could not be sent; they are sent again with the next batch (further failures are not reported):",
      error,
    );
  }
}

/** What makes an exposure the same as another one. */
function keyOf({ entityId, flagKey, value, digest }: Omit<HookAnswer, "context">): string {
  return JSON.stringify([entityId, flagKey, value, digest]);
}

const OPTIONS: OptionNames<ExposureOptions> = {
  send: true,
  sampleRate: true,
  withContext: true,
  withOverrides: true,
  flushInterval: true,
  maxBatch: true,
  maxWaiting: true,
  maxRemembered: true,
  waitUntil: true,
};

/** Throws when an option is invalid. @internal */
export function checkOptions(options: ExposureOptions): void {
  checkOptionNames("trackExposures()", options, OPTIONS);
  const { send, waitUntil, sampleRate = 1, flushInterval = 10 } = options;
  if (typeof send !== "function") throw new ValidationError(`send ${mustBe("a function", send)}`);
  if (waitUntil !== undefined && typeof waitUntil !== "function") {
    throw new ValidationError(`waitUntil ${mustBe("a function", waitUntil)}`);
  }
  if (!(typeof sampleRate === "number" && sampleRate >= 0 && sampleRate <= 1)) {
    throw new ValidationError(`sampleRate ${mustBeNumber("a number from 0 to 1", sampleRate)}`);
  }
  if (!(typeof flushInterval === "number" && flushInterval > 0 && flushInterval <= 86_400)) {
    throw new ValidationError(
      `flushInterval ${mustBeNumber("a positive number of seconds, at most 86400 (a day)", flushInterval)}`,
    );
  }
  for (const name of ["maxBatch", "maxWaiting", "maxRemembered"] as const) {
    if (options[name] !== undefined) checkLimit(name, options[name]);
  }
  // Truthiness would take the text "false" for a yes, and send personal data.
  for (const name of ["withContext", "withOverrides"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "boolean") {
      throw new ValidationError(`${name} ${mustBe("true or false", value)}`);
    }
  }
}
