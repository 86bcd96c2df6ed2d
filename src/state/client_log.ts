// Passes on what happens to a client to where lines of it are written. The lines themselves are made in log_lines.ts,
// which is loaded when there is one to write.

import { LOG_LEVELS, type LogLevel } from "../options/logger.ts";
import type { ClientStatus } from "./client_status.ts";
import type { ClientLogParts, LogEvent, LogLines } from "./log_lines.ts";

/** The log of one client. */
export class ClientLog {
  readonly #parts: ClientLogParts;
  #isStarted = false;
  #loaded: Promise<LogLines> | undefined;

  /** A log of a client that has not started. */
  constructor(parts: ClientLogParts) {
    this.#parts = parts;
  }

  /** Something happened. Until the client has started, whoever starts it is told. */
  add(event: LogEvent, status: ClientStatus, error?: Error): void {
    this.#isStarted ||= event === "started";
    const { settings, listeners } = this.#parts;
    // Who listens has been told; a logger of the user's wants all the same.
    if (error !== undefined && settings.logger === undefined && listeners.has("error")) return;
    const isWell = error === undefined && status.state === "ready" && status.lastSuccess !== undefined;
    if (this.#isStarted && this.isWanted(isWell ? "info" : "error")) {
      this.#with((lines) => lines.add(event, status, error));
    }
  }

  /** Writes a line about trouble with code of the user, or about what a default stood in for. */
  warn(line: string, ...errors: readonly unknown[]): void {
    if (!this.isWanted("warn")) return;
    if (this.#parts.settings.logger === undefined) console.warn(line, ...errors);
    else this.#with((lines) => lines.write("warn", [line, ...errors].join(" ")));
  }

  /** Whether lines of a level are written. */
  isWanted(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.#parts.settings.logLevel);
  }

  #with(use: (lines: LogLines) => void): void {
    this.#loaded ??= import("./log_lines.ts").then(({ LogLines }) => new LogLines(this.#parts));
    this.#loaded.then(use).catch(() => {});
  }
}
