// Counts what became of fetches.

/** How often fetches came out in one way. */
export interface FetchCount {
  /** A new flag state, or none after all attempts. */
  readonly outcome: "updated" | "failed";
  /** The HTTP status or, without one, the name of the error. */
  readonly error?: string;
  /** How often. */
  readonly count: number;
}

/** Counts fetches by outcome. */
export class FetchCounts {
  readonly #failures = new Map<string, number>();
  #updates = 0;

  /** Counts a new flag state. */
  updated(): void {
    this.#updates++;
  }

  /** Counts a failed fetch. Ignores other errors. */
  failed(error: Error): void {
    const type = fetchErrorType(error);
    if (type !== undefined) this.#failures.set(type, (this.#failures.get(type) ?? 0) + 1);
  }

  /** All counts. */
  *counts(): Generator<FetchCount> {
    if (this.#updates > 0) yield { outcome: "updated", count: this.#updates };
    for (const [error, count] of this.#failures) yield { outcome: "failed", error, count };
  }
}

/** Returns the HTTP status or, without one, the name of the error; `undefined` for an error other than of a fetch. */
function fetchErrorType(error: Error): string | undefined {
  // By name, not `instanceof`: the client may come from another copy of this package.
  if (error.name === "FetchError") {
    const { status } = error as { readonly status?: number };
    return status === undefined ? error.name : String(status);
  }
  return error.name === "DocumentError" ? error.name : undefined;
}
