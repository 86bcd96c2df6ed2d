// The options `logger` and `logLevel`: where a client writes what happens to it, and how much of it.

import { methodsProblem } from "../../core/describe.ts";

/** Receives log lines, like `console` and the loggers of pino and winston. Its errors do not stop the client. */
export interface Logger {
  /** Logs a line for debugging. */
  debug(line: string): unknown;
  /** Logs a change. */
  info(line: string): unknown;
  /** Logs a problem that does not affect evaluations. */
  warn(line: string): unknown;
  /** Logs a problem that affects evaluations. */
  error(line: string): unknown;
}

/** The lowest level that is logged. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "off";

/** The levels, from the one of which there are most lines. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "off"];

/** What is wrong with a logger, worded to follow its name. */
export function loggerProblem(value: unknown): string | undefined {
  const what = "an object with debug(), info(), warn() and error(), like console";
  return methodsProblem(value, what, "debug", "info", "warn", "error");
}
