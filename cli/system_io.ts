// The process itself as what a command has of the world around it.

import process from "node:process";
import { environmentOfCli } from "./environment.ts";
import { Interruption } from "./errors.ts";
import type { Io, Output } from "./io.ts";

/** What ends a program that runs until it is told to end. Not every system has all of them. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"] as const;

/** The columns of lines that no terminal shows. */
const plainColumns = 100;

/** The process: its input, outputs, environment and signals. */
export function systemIo(): Io {
  const interrupted = new AbortController();
  let listens = false;
  const environment = environmentOfCli();
  const unread = (): void => interrupted.abort(new Interruption("nobody reads the output any more"));
  return {
    environment,
    stdout: outputTo(process.stdout, environment, unread),
    stderr: outputTo(process.stderr, environment, () => {}),
    stdin: readAll,
    interruption(): AbortSignal {
      if (!listens) {
        listens = true;
        listen((signal) => interrupted.abort(new Interruption(`interrupted by ${signal}`)));
      }
      return interrupted.signal;
    },
  };
}

/** Signals the first time; the second one ends the program, should it not have done so by itself. */
function listen(interrupt: (signal: string) => void): void {
  for (const signal of signals) {
    if (signal === "SIGBREAK" && process.platform !== "win32") continue;
    try {
      process.once(signal, () => interrupt(signal));
    } catch {
      // This system has no such signal.
    }
  }
}

/** The part of a stream of the process that is written to. */
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
  // Such as a pipe whose reader has gone, `| head`.
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
    columns: stream.isTTY === true ? stream.columns ?? plainColumns : plainColumns,
  };
}

/** Colours are for terminals; https://no-color.org and FORCE_COLOR have a say, the latter the last. */
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
