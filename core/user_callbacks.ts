// Code of the user that a client calls, and the care that none of it can break one.

import { isObject } from "./describe.ts";

/** Writes a line about a failure, and the errors that led to it. */
export type Warn = (line: string, ...errors: readonly unknown[]) => void;

/** Calls code of the user. What it throws, or rejects with, is reported once for each owner and goes no further. */
export class UserCallbacks {
  readonly #reported = new WeakSet<object>();
  readonly #warn: Warn;

  /** Reports by `warn`. */
  constructor(warn: Warn = (line, error) => console.warn(line, error)) {
    this.#warn = warn;
  }

  /**
   * Calls `call`.
   * @param owner whose code it is.
   * @param what what the report says.
   */
  run(owner: object, what: string, call: () => unknown): void {
    try {
      const result = call();
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.#report(owner, what, error));
    } catch (error) {
      this.#report(owner, what, error);
    }
  }

  #report(owner: object, what: string, error: unknown): void {
    if (this.#reported.has(owner)) return;
    this.#reported.add(owner);
    this.#warn(`${what} (further failures of it are not reported):`, error);
  }
}

/** Whether a value is awaited, from whichever realm it is. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value.then === "function";
}
