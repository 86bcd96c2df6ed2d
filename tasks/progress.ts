// The progress of long tasks, on stderr.

import process from "node:process";

const terminal = process.stderr.isTTY ? process.stderr : undefined;

/** How often a log, which keeps every line, hears that a task goes on, in milliseconds. */
const LOG_INTERVAL_MS = 30_000;

let loggedAt = performance.now();

/** Shows what is being done: on a terminal in a line that the next one replaces, elsewhere in a line every 30 seconds. */
export function showProgress(text: string): void {
  if (terminal !== undefined) {
    terminal.write(`\r\x1b[K${text.slice(0, terminal.columns - 1)}`);
  } else if (performance.now() - loggedAt >= LOG_INTERVAL_MS) {
    loggedAt = performance.now();
    console.error(text);
  }
}

/** Removes that line. Call it before other lines are printed. */
export function hideProgress(): void {
  terminal?.write("\r\x1b[K");
}

/** Prints a line for a finished step. */
export function reportStep(text: string): void {
  hideProgress();
  console.error(text);
}

/** Returns the time since `start`, a value of `performance.now()`, such as `12 s`. */
export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(0)} s`;
}
