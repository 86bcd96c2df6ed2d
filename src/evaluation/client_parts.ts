// Where a client keeps what it is made of: a property that every Proxy of the client shows as it is.

import { ValidationError } from "../../core/errors.ts";

/**
 * A field with `#` is not seen through a Proxy, and what wraps objects deeply (Vue's `reactive`) wraps what it reads. A
 * property that cannot change may not be shown as anything else, and what is frozen is not wrapped.
 */
const PARTS = Symbol("parts");

/** Keeps the parts of a client, for good. */
export function keepParts(client: object, parts: object): void {
  Object.defineProperty(client, PARTS, { value: Object.freeze(parts) });
}

/** The parts of a client; `undefined` where `client` is none. */
export function partsOf<Parts extends object>(client: object): Parts {
  return (client as { readonly [PARTS]: Parts })[PARTS];
}

/**
 * The parts of the client, or the scope, that a method is called on.
 * @throws {ValidationError} when it is called without one.
 */
export function attachedParts<Parts extends object>(
  client: object | undefined,
  method: string,
  owner: "client" | "scope" = "client",
): Parts {
  const parts = client && partsOf<Parts>(client);
  if (parts) return parts;
  throw new ValidationError(
    `${method} was detached from its ${owner}: call ${owner}.${method}(…), or pass (…) => ${owner}.${method}(…)`,
  );
}
