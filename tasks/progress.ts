// What long tasks say on stderr while they work.

import process from "node:process";

const terminal = process.stderr.isTTY ? process.stderr : undefined;

/** Says what is being done now, in a line that the next one takes the place of: on a terminal only. */
export function showProgress(text: string): void {
  terminal?.write(`\r\x1b[K${text.slice(0, terminal.columns - 1)}`);
}

/** Takes that line away; to be called before other lines are printed. */
export function hideProgress(): void {
  terminal?.write("\r\x1b[K");
}

/** Says what is done: a line that stays. */
export function reportStep(text: string): void {
  hideProgress();
  console.error(text);
}

/** The time since `start`, a value of `performance.now()`, in words. */
export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(0)} s`;
}
