// The environment, input and output of this process.

import process from "node:process";
import { environmentOfCli } from "./environment.ts";
import { Interruption } from "./errors.ts";
import type { Io, Output } from "./io.ts";

/** The signals that ask a program to end. Not every system has all of them. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"] as const;

/** The width of output that is not a terminal, in columns. */
const DEFAULT_COLUMNS = 100;

/** Returns the environment, input, output and signals of this process. */
export function systemIo(): Io {
  const interrupted = new AbortController();
  let isListening = false;
  const environment = environmentOfCli();
  const onBroken = (): void => interrupted.abort(new Interruption("the reader of the output has gone away"));
  return {
    environment,
    stdout: outputTo(process.stdout, environment, onBroken),
    stderr: outputTo(process.stderr, environment, () => {}),
    stdin: readAll,
    interruption(): AbortSignal {
      if (!isListening) {
        isListening = true;
        listen((signal) => interrupted.abort(new Interruption(`interrupted by ${signal}`)));
      }
      return interrupted.signal;
    },
  };
}

/** Calls `interrupt` for the first signal of each kind; a second one ends the process at once. */
function listen(interrupt: (signal: string) => void): void {
  for (const signal of SIGNALS) {
    if (signal === "SIGBREAK" && process.platform !== "win32") continue;
    try {
      process.once(signal, () => interrupt(signal));
    } catch {
      // This system has no such signal.
    }
  }
}

/** The part of `process.stdout` and `process.stderr` that is used here. */
interface Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

function outputTo(stream: Writable, environment: Io["environment"], onBroken: () => void): Output {
  let isBroken = false;
  const broken = (): void => {
    isBroken = true;
    onBroken();
  };
  // A pipe whose reader has gone away, such as `| head`.
  stream.on("error", broken);
  return {
    write(text: string): void {
      if (isBroken) return;
      try {
        stream.write(text);
      } catch {
        broken();
      }
    },
    styled: isStyled(stream.isTTY === true, environment),
    isTerminal: stream.isTTY === true,
    columns: stream.isTTY === true ? stream.columns ?? DEFAULT_COLUMNS : DEFAULT_COLUMNS,
  };
}

/** Returns whether to colour text. FORCE_COLOR overrides NO_COLOR (no-color.org), which overrides the terminal. */
function isStyled(isTerminal: boolean, { FORCE_COLOR, NO_COLOR, TERM }: Io["environment"]): boolean {
  if (FORCE_COLOR) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTerminal && !NO_COLOR && TERM !== "dumb";
}

async function readAll(): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of process.stdin) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}
