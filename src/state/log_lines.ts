// The lines that a client writes to its logger: one for what happens, none for what goes on, and few of a kind in a
// minute. They hold what messages of errors hold, and so no token.

import type { Clock } from "../../core/clock.ts";
import { LOG_LEVELS, type Logger, type LogLevel } from "../options/logger.ts";
import type { ClientStatus } from "./client_status.ts";

/** What happened: the client started, its state is another one or was found current, or anything else changed or failed. */
export type LogEvent = "started" | "updated" | "confirmed" | "changed" | "failed";

/** What a log is made of. */
export interface ClientLogParts {
  /** What the lines go to. */
  readonly settings: {
    readonly logger: Logger | undefined;
    readonly logLevel: LogLevel;
    readonly namespace: string;
  };
  /** Limits how often a line is written. */
  readonly clock: Clock;
  /** Whether somebody else hears of errors. */
  readonly listeners: { has(name: "error"): boolean };
}

const MINUTE_MS = 60_000;

/** The most lines of one kind in a minute. Failures come in rows: the first one tells it. */
const MOST: Readonly<Record<string, number>> = { failed: 1 };
const MOST_OF_OTHERS = 10;

/** Lines of one kind. */
interface Kind {
  since: number;
  written: number;
  skipped: number;
}

/** Writes the lines of one client. */
export class LogLines {
  readonly #parts: ClientLogParts;
  readonly #kinds = new Map<string, Kind>();
  #last: ClientStatus | undefined;
  /** The digest that was written down last. */
  #digest: string | undefined;

  /** Writes to the logger of the settings. */
  constructor(parts: ClientLogParts) {
    this.#parts = parts;
  }

  /** Writes what there is to say of an event. */
  add(event: LogEvent, status: ClientStatus, error?: Error): void {
    const last = this.#last;
    this.#last = status;
    if (event === "started") {
      this.#digest = status.digest;
      return this.#started(status);
    }
    if (error !== undefined) this.#failed(status, error);
    const failures = last?.consecutiveFailures ?? 0;
    if (failures > 0 && status.consecutiveFailures === 0 && status.state !== "closed") {
      this.#write(
        "recovered",
        "info",
        `fetching works again after ${failures} ${failures === 1 ? "failure" : "failures"}`,
      );
    }
    if (event === "updated") {
      const was = this.#digest === undefined ? "" : `, was ${this.#digest}`;
      this.#digest = status.digest;
      this.#write(event, "info", `new flag state ${status.digest ?? "without a digest"}${was}`);
    } else if (event === "confirmed") {
      this.#write(event, "debug", `the flag state ${status.digest ?? "without a digest"} is current`);
    }
    if (last === undefined || status.state !== last.state) this.#changed(status);
    if (last !== undefined && status.mode !== last.mode) {
      this.#write("mode", "info", `the flag state is now kept up to date by ${status.mode}`);
    }
  }

  /** Writes a line, if it is of a level that is wanted. */
  write(level: keyof Logger, line: string): void {
    const { logger = console, logLevel } = this.#parts.settings;
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(logLevel)) return;
    try {
      Promise.resolve(logger[level](line)).catch(() => {});
    } catch {
      // There is nowhere to tell of it.
    }
  }

  #started({ state, mode, digest, lastSuccess, lastError }: ClientStatus): void {
    const reason = lastError === undefined ? "" : `: ${lastError.message}`;
    if (state === "failed") {
      this.#write("started", "error", `started without any flag state, so no flag is known${reason}`);
    } else if (lastSuccess !== undefined) {
      this.#write("started", "info", `started with flag state ${digest ?? "without a digest"}, ${mode}`);
    } else {
      this.#write(
        "started",
        lastError === undefined ? "info" : "warn",
        `started from a stored flag state${reason}`,
      );
    }
  }

  #failed({ state, ageSeconds, consecutiveFailures }: ClientStatus, { message }: Error): void {
    const age = ageSeconds === undefined
      ? "a stored flag state"
      : `the flag state of ${Math.round(ageSeconds)} s ago`;
    const rest = state === "failed" ? "" : `; ${age} keeps answering`;
    const row = consecutiveFailures > 1 ? ` (${consecutiveFailures} failures in a row)` : "";
    this.#write("failed", "warn", `${message}${rest}${row}`);
  }

  #changed({ state, ageSeconds }: ClientStatus): void {
    if (state === "failed") {
      return this.#write("failed state", "error", "evaluations have no flag state");
    }
    if (state === "closed") return this.#write(state, "debug", "closed");
    if (state === "stale") {
      const age = ageSeconds === undefined
        ? "never been confirmed"
        : `not been confirmed for ${Math.round(ageSeconds)} s`;
      return this.#write(state, "warn", `stale: the flag state has ${age}`);
    }
    this.#write(state, "info", "ready");
  }

  #write(kind: string, level: keyof Logger, text: string): void {
    const now = this.#parts.clock.elapsed();
    const counts = this.#kinds.get(kind) ?? { since: now, written: 0, skipped: 0 };
    this.#kinds.set(kind, counts);
    if (now - counts.since >= MINUTE_MS) {
      counts.since = now;
      counts.written = 0;
    }
    if (counts.written >= (MOST[kind] ?? MOST_OF_OTHERS)) {
      counts.skipped++;
      return;
    }
    counts.written++;
    const skipped = counts.skipped === 0 ? "" : ` (${counts.skipped} such lines omitted)`;
    counts.skipped = 0;
    this.write(
      level,
      `flipt: namespace ${JSON.stringify(this.#parts.settings.namespace)}: ${text}${skipped}`,
    );
  }
}
