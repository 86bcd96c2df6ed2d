// The errors of the command line itself, and the exit code and message of every error.

import { errorText, FetchError, FliptError, isError, ValidationError } from "../core/errors.ts";
import { exitCodes } from "./exit_codes.ts";
import type { ExitCode } from "./exit_codes.ts";

/** The command line is invalid. */
export class UsageError extends FliptError {
  /** The name of the class. */
  override readonly name: string = "UsageError";
  /** The command whose help to refer to; `undefined` when unknown. */
  readonly command: string | undefined;

  /** Creates the error. */
  constructor(message: string, command?: string, options?: ErrorOptions) {
    super(message, options);
    this.command = command;
  }
}

/** A flag or file does not exist. */
export class NotFoundError extends FliptError {
  /** The name of the class. */
  override readonly name: string = "NotFoundError";
}

/** The server did not respond within `--timeout`. */
export class TimeoutError extends FliptError {
  /** The name of the class. */
  override readonly name: string = "TimeoutError";
}

/** The program was interrupted. */
export class Interruption extends FliptError {
  /** The name of the class. */
  override readonly name: string = "Interruption";
}

/** Returns the exit code for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof ValidationError) return exitCodes.usage;
  if (error instanceof NotFoundError || isMissing(error)) return exitCodes.notFound;
  if (error instanceof TimeoutError) return exitCodes.unreachable;
  if (error instanceof Interruption) return exitCodes.interrupted;
  if (!(error instanceof FetchError)) return exitCodes.failed;
  if (error.status === 404) return exitCodes.notFound;
  if (error.status === 401 || error.status === 403) return exitCodes.refused;
  // An error without a URL comes from a source other than a server.
  if (error.url === "") return exitCodes.failed;
  const { status = 599 } = error;
  return status >= 500 || error.retryable ? exitCodes.unreachable : exitCodes.failed;
}

/** Returns whether an error, or one of its causes, says that a file does not exist. */
export function isMissing(error: unknown): boolean {
  for (let inner = error, depth = 0; isError(inner) && depth < 5; inner = inner.cause, depth++) {
    if ("code" in inner && inner.code === "ENOENT") return true;
  }
  return false;
}

/** The client's options in messages, and those of the command line. Longer phrases precede those that they contain. */
const OPTIONS: readonly (readonly [string, string])[] = [
  ["the authentication option", "--token-file or FLIPT_CLIENT_TOKEN"],
  ["the url option", "--url"],
  ["the reference option", "--reference"],
  ["the namespace option", "--namespace"],
  ["the option tls: { caCertFile }", "--ca"],
  ["the option tls.caCertFile", "--ca"],
  ["set the option tls: { insecureSkipHostnameVerify: true }", "give --insecure-skip-hostname-verify"],
  ["the options tls: { clientCertFile, clientKeyFile }", "--cert and --key"],
  ["the option tls", "--cert"],
  ["tls.caCertFile", "--ca"],
  ["tls.clientCertFile", "--cert"],
  ["tls.clientKeyFile", "--key"],
];

/** Returns the message of an error, with the command line's options in place of those of the client. */
export function cliMessage(error: unknown): string {
  let message = errorText(error);
  // The function is one of this package: whoever typed the command knows of none.
  if (isError(error) && error.cause instanceof FliptError) {
    message = message.replace("the authentication function failed: ", "");
  }
  for (const [clientOption, cliOption] of OPTIONS) message = message.replaceAll(clientOption, cliOption);
  return message;
}
