// Maps errors of the client to OpenFeature's errors and their codes.

import { errorText, isError } from "../core/errors.ts";
import {
  FlagNotFoundError,
  GeneralError,
  InvalidContextError,
  type OpenFeatureError,
  ProviderFatalError,
  ProviderNotReadyError,
  TypeMismatchError,
} from "@openfeature/server-sdk";
import { notABooleanFlag, notAVariantFlag, unknownFlag } from "../engines/messages.ts";
import type { ClientStatus } from "../src/state/client_status.ts";

/** Returns the error for an evaluation that the client rejected. */
export function evaluationError(flagKey: string, error: unknown, status: ClientStatus): OpenFeatureError {
  const options = { cause: error };
  const message = errorText(error);
  // By name, not `instanceof`: the caller's client may come from another copy of this package.
  const name = isError(error) ? error.name : "";
  if (name === "ValidationError") {
    return isBlank(flagKey)
      ? new FlagNotFoundError(message, options)
      : new InvalidContextError(message, options);
  }
  if (name !== "EvaluationError") return new GeneralError(message, options);
  // What the client advises to do follows, and is not about OpenFeature.
  if (message.startsWith(notABooleanFlag(flagKey).message)) {
    return new TypeMismatchError(
      `${quoted(flagKey)} is a variant flag: its values are strings, numbers and objects`,
      options,
    );
  }
  if (message.startsWith(notAVariantFlag(flagKey).message)) {
    return new TypeMismatchError(`${quoted(flagKey)} is a boolean flag: its values are booleans`, options);
  }
  return statusError(status) ?? flagNotFound(flagKey, message, options);
}

/** Returns the error for a client that cannot evaluate in its state, or `undefined` when it can. */
export function statusError({ state, lastSuccess, lastError }: ClientStatus): OpenFeatureError | undefined {
  const options = { cause: lastError };
  switch (state) {
    case "closed":
      return new ProviderFatalError("the client of this provider is closed: set a new provider");
    case "initializing":
    case "failed": {
      const message = `there is no flag state to evaluate: ${
        lastError?.message ?? "the first fetch has not finished"
      }`;
      return lastSuccess === undefined
        ? new ProviderNotReadyError(message, options)
        : new GeneralError(message, options);
    }
    default:
      return undefined;
  }
}

/** Returns the error for a client that could not be created. It is fatal when a retry cannot help. */
export function initializationError(error: unknown): OpenFeatureError {
  const options = { cause: error };
  const message = errorText(error);
  return isFatal(error) ? new ProviderFatalError(message, options) : new GeneralError(message, options);
}

/** Returns the delay that the server requested before a retry, in seconds; 0 without one. */
export function retryAfterSeconds(error: unknown): number {
  const seconds: unknown = isError(error) && "retryAfter" in error ? error.retryAfter : 0;
  return typeof seconds === "number" ? seconds : 0;
}

function isFatal(error: unknown): boolean {
  if (!(isError(error))) return false;
  if (error.name === "FetchError") return "retryable" in error && error.retryable === false;
  // The options and the availability of an engine stay the same.
  return error.name === "ValidationError" || error.name === "EngineError";
}

function flagNotFound(flagKey: string, message: string, options: ErrorOptions): OpenFeatureError {
  const start = unknownFlag("", "").message.slice(0, -1);
  const [hint = ""] = /; did you mean "[^"]*"\?$/.exec(message) ?? [];
  return message.startsWith(start)
    ? new FlagNotFoundError(`there is no flag ${quoted(flagKey)} in the namespace${hint}`, options)
    : new GeneralError(message, options);
}

function isBlank(flagKey: unknown): boolean {
  return typeof flagKey !== "string" || flagKey.trim() === "";
}

function quoted(flagKey: string): string {
  return JSON.stringify(flagKey);
}
