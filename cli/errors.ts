// The errors of the command line itself, and which status each error ends it with.

import { FetchError, FliptError, ValidationError } from "../core/errors.ts";
import { exitCodes } from "./exit_codes.ts";
import type { ExitCode } from "./exit_codes.ts";

/** What was typed is not usable. */
export class UsageError extends FliptError {
  /** The name of the class. */
  override readonly name: string = "UsageError";
  /** The command whose help says more; `undefined` when none was recognised. */
  readonly command: string | undefined;

  /** An error of a command. */
  constructor(message: string, command?: string, options?: ErrorOptions) {
    super(message, options);
    this.command = command;
  }
}

/** There is no such flag or file. */
export class NotFoundError extends FliptError {
  /** The name of the class. */
  override readonly name: string = "NotFoundError";
}

/** The server did not answer in the time that `--timeout` gives it. */
export class TimeoutError extends FliptError {
  /** The name of the class. */
  override readonly name: string = "TimeoutError";
}

/** The program was interrupted. */
export class Interruption extends FliptError {
  /** The name of the class. */
  override readonly name: string = "Interruption";
}

/** The status for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof ValidationError) return exitCodes.usage;
  if (error instanceof NotFoundError || isMissing(error)) return exitCodes.notFound;
  if (error instanceof TimeoutError) return exitCodes.unreachable;
  if (error instanceof Interruption) return exitCodes.interrupted;
  if (!(error instanceof FetchError)) return exitCodes.failed;
  if (error.status === 404) return exitCodes.notFound;
  if (error.status === 401 || error.status === 403) return exitCodes.refused;
  // One that names no URL is of a source that is no server.
  if (error.url === "") return exitCodes.failed;
  const { status = 599 } = error;
  return status >= 500 || error.retryable ? exitCodes.unreachable : exitCodes.failed;
}

/** Whether an error, or what led to it, says that there is no such file. */
export function isMissing(error: unknown): boolean {
  for (let inner = error, depth = 0; inner instanceof Error && depth < 5; inner = inner.cause, depth++) {
    if ("code" in inner && inner.code === "ENOENT") return true;
  }
  return false;
}

/** What an error says, with the options that there are here in place of those of the client. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll("the authentication option", "--token-file or FLIPT_CLIENT_TOKEN")
    .replaceAll("the url option", "--url")
    .replaceAll("the option namespace", "--namespace");
}
