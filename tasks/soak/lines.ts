// What the programs of the soak test tell each other: JSON, one value a line, over standard input and output.

import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Tells the program that started this one. */
export function tell(message: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Calls `receive` with each message that comes. */
export function listen(input: Readable, receive: (message: Readonly<Record<string, unknown>>) => void): void {
  createInterface({ input, crlfDelay: Infinity }).on("line", (line) => {
    if (line.startsWith("{")) receive(JSON.parse(line));
    else if (line !== "") console.error(line);
  });
}

/** Settles after some milliseconds. */
export function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
