// The log of a command that runs until it is interrupted: each event is a sentence, or a line of JSON.

import type { Output } from "./io.ts";
import { printJson, printLine, style } from "./output.ts";

/** Prints an event: its members as JSON, or a printable sentence as text. */
export type EventLog = (event: string, members: Record<string, unknown>, sentence: string) => void;

/** Returns a log that prints events with their times. */
export function eventLog(output: Output, json: boolean): EventLog {
  return (event, members, sentence) => {
    const time = new Date().toISOString();
    if (json) printJson(output, { time, event, ...members }, true);
    else printLine(output, `${style(output, "dim", time)}  ${sentence}`);
  };
}
