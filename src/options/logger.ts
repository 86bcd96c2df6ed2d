// The options `logger` and `logLevel`: where a client writes what happens to it, and how much of it.

import { isObject } from "../../core/describe.ts";

/** Takes lines, as `console`, and the loggers of pino and winston do. What it throws stops nothing. */
export interface Logger {
  /** Takes a line for debugging. */
  debug(line: string): unknown;
  /** Takes a line that tells of a change. */
  info(line: string): unknown;
  /** Takes a line that tells of trouble that evaluations do not feel. */
  warn(line: string): unknown;
  /** Takes a line that tells of trouble that evaluations feel. */
  error(line: string): unknown;
}

/** The lines that are written: those of this level and above. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "off";

/** The levels, from the one of which there are most lines. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "off"];

/** What is wrong with a logger, worded to follow its name. */
export function loggerProblem(value: unknown): string | undefined {
  return isObject(value) && LOG_LEVELS.every((name) => name === "off" || typeof value[name] === "function")
    ? undefined
    : "must have debug(), info(), warn() and error(), like console";
}
