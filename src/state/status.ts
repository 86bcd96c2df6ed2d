// How a client is doing: what went well and wrong last, and the one word for it.

import { isError } from "../../core/errors.ts";
import type { FetchMode } from "../options/client_options.ts";
import type { Settings } from "../options/options.ts";
import type { Clock } from "../../core/clock.ts";
import type { ClientLog } from "./client_log.ts";
import type { ClientState, ClientStatus } from "./client_status.ts";
import type { Listeners } from "./events.ts";
import type { LogEvent } from "./log_lines.ts";

/** What the status needs to know of the flag state. */
export interface Answering {
  /** Whether there is a flag state at all. */
  readonly hasState: boolean;
  /** Whether evaluations are answered. */
  readonly isAnswering: boolean;
  /** The digest of the flag state. */
  readonly digest: string | undefined;
}

/** What a status is made of. */
export interface StatusParts {
  /** The flag state. */
  readonly holder: Answering;
  /** Tells times. */
  readonly clock: Clock;
  /** Who is told. */
  readonly listeners: Listeners;
  /** What is written down. */
  readonly log: ClientLog;
  /** How the state is kept up to date at first, and when it is stale. */
  readonly settings: Pick<Settings, "fetchMode" | "maxStaleness">;
}

/** Keeps the status of one client, and tells when its state or mode changes. */
export class StatusKeeper {
  readonly #parts: StatusParts;
  #mode: FetchMode;
  #lastUpdate: number | undefined;
  #lastSuccess: number | undefined;
  #elapsedAtSuccess = 0;
  #lastError: Error | undefined;
  #failures = 0;
  #isClosed = false;
  #told: string;
  #cancelStaleness: () => void = () => {};

  /** The status of a client that has done nothing yet. */
  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#mode = parts.settings.fetchMode;
    this.#told = this.#summary();
  }

  /** The status now. */
  get current(): ClientStatus {
    return {
      state: this.#state(),
      mode: this.#mode,
      lastUpdate: date(this.#lastUpdate),
      lastSuccess: date(this.#lastSuccess),
      lastError: this.#lastError,
      digest: this.#parts.holder.digest,
      ageSeconds: this.#age(),
      consecutiveFailures: this.#failures,
    };
  }

  /** The flag state is current; `isUpdate` when it was replaced. */
  succeeded(isUpdate: boolean): void {
    if (this.#isClosed) return;
    const now = this.#parts.clock.now();
    this.#lastSuccess = now;
    this.#elapsedAtSuccess = this.#parts.clock.elapsed();
    if (isUpdate) this.#lastUpdate = now;
    this.#failures = 0;
    this.#watchStaleness();
    this.#tell();
    this.log(isUpdate ? "updated" : "confirmed");
  }

  /** Has an event written down, with the status now. */
  log(event: LogEvent, error?: Error): void {
    this.#parts.log.add(event, this.current, error);
  }

  /** There is a flag state that no fetch brought. */
  restored(): void {
    this.#tell();
  }

  /** A fetch failed, with its retries. */
  failed(error: unknown): void {
    if (this.#isClosed) return;
    this.#failures++;
    this.noted(error);
  }

  /** Something went wrong that is no failed fetch, and is still to be written down unless `isLogged`. */
  noted(error: unknown, isLogged: boolean = false): void {
    if (this.#isClosed) return;
    this.#lastError = isError(error) ? error : new Error(String(error));
    if (!isLogged) this.log("failed", this.#lastError);
    this.#parts.listeners.emit("error", this.#lastError);
    this.#tell();
  }

  /** The state is kept up to date in another way from now on. */
  changeMode(mode: FetchMode): void {
    this.#mode = mode;
    this.#tell();
  }

  /** Nothing changes any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelStaleness();
    this.#tell();
  }

  #state(): ClientState {
    if (this.#isClosed) return "closed";
    const { hasState, isAnswering } = this.#parts.holder;
    if (!isAnswering) return "failed";
    if (!hasState) return this.#failures === 0 ? "initializing" : "failed";
    return this.#isStale() ? "stale" : "ready";
  }

  /** A snapshot that nothing has confirmed yet may be of any age. */
  #isStale(): boolean {
    const { maxStaleness } = this.#parts.settings;
    return maxStaleness !== undefined && (this.#age() ?? Infinity) >= maxStaleness;
  }

  #age(): number | undefined {
    if (this.#lastSuccess === undefined) return undefined;
    const elapsed = this.#parts.clock.elapsed() - this.#elapsedAtSuccess;
    // A clock that is set back makes nothing younger; one that ran on while the machine slept makes it older.
    return Math.max(elapsed, this.#parts.clock.now() - this.#lastSuccess) / 1000;
  }

  #watchStaleness(): void {
    const { maxStaleness } = this.#parts.settings;
    if (maxStaleness === undefined) return;
    this.#cancelStaleness();
    const left = maxStaleness - (this.#age() ?? 0);
    this.#cancelStaleness = this.#parts.clock.after(Math.max(1, left * 1000), () => {
      // Timers do not count as the clock does that the age is taken from: it may be set, or a timer early.
      if (this.#isStale()) this.#tell();
      else this.#watchStaleness();
    }, { background: true });
  }

  #summary(): string {
    return `${this.#state()} ${this.#mode}`;
  }

  #tell(): void {
    const summary = this.#summary();
    if (summary === this.#told) return;
    this.#told = summary;
    this.log("changed");
    this.#parts.listeners.emit("status", this.current);
  }
}

function date(millis: number | undefined): Date | undefined {
  return millis === undefined ? undefined : new Date(millis);
}
