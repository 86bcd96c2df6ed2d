// The sentences of a library that cannot be opened, the same for every runtime.

import { EngineError, errorText } from "../core/errors.ts";
import { currentPlatform } from "./platform.ts";

/** The loader refused the file: it is not there, is no library, or is one for another platform. */
export function cannotOpen(path: string, cause: unknown): EngineError {
  const { operatingSystem, architecture } = currentPlatform();
  const reason = errorText(cause);
  return new EngineError(
    `cannot open the library ${path}: check that the file exists and is a library for ` +
      `${operatingSystem} ${architecture} (${reason})`,
    { cause },
  );
}

/** The file is a library, but not the one that was meant. */
export function missingFunction(path: string, name: string, cause?: unknown): EngineError {
  return new EngineError(
    `the library ${path} has no function ${name}: it is another library, or another version of it`,
    cause === undefined ? undefined : { cause },
  );
}

/** A null pointer where there should be memory to read. */
export function nullPointer(): EngineError {
  return new EngineError("the library returned a null pointer");
}
