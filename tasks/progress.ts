// The progress of long tasks, on stderr.

import process from "node:process";

const terminal = process.stderr.isTTY ? process.stderr : undefined;

/** Shows the current step on a line that the next one replaces. Only on a terminal. */
export function showProgress(text: string): void {
  terminal?.write(`\r\x1b[K${text.slice(0, terminal.columns - 1)}`);
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
