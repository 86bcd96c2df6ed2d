// What each framework calls its middleware with, and what is said of a call by another one.

import { describe, isObject } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";

/** How a framework calls. */
interface Call {
  /** The arguments, for messages. */
  readonly parameters: string;
  /** Whether these are such arguments. */
  fits(values: readonly unknown[]): boolean;
}

const CALLS = {
  expressFlags: {
    parameters: "(request, response, next)",
    fits: ([request, response, next]) => isObject(request) && has(response, "once") && isFunction(next),
  },
  fastifyFlags: {
    parameters: "(request, reply, done)",
    fits: ([request, reply, done]) =>
      isObject(request) && isObject(reply) && has(reply["raw"], "once") && isFunction(done),
  },
  oakFlags: {
    parameters: "(context, next), and a context that has a state",
    fits: ([context, next]) => hasState(context) && isFunction(next),
  },
  honoFlags: {
    parameters: "(context, next), and a context that has set()",
    // The set() of Koa's is for headers.
    fits: ([context, next]) => has(context, "set") && !has(context, "onerror") && isFunction(next),
  },
  freshFlags: {
    parameters: "(context), and a context that has a state and next()",
    fits: ([context]) => hasState(context) && has(context, "next"),
  },
  elysiaFlags: {
    parameters: "(context), and a context that has a request",
    fits: ([context]) =>
      isObject(context) && isObject(context["request"]) && has(context["request"]["headers"], "get"),
  },
} satisfies Readonly<Record<string, Call>>;

/** The name of a function that makes middleware. */
export type MiddlewareName = keyof typeof CALLS;

/**
 * Checks what a middleware was called with.
 * @param owner The function that made it.
 * @throws {ValidationError} when that is not what its framework passes.
 */
export function checkCall(owner: MiddlewareName, values: readonly unknown[]): void {
  const { parameters, fits }: Call = CALLS[owner];
  if (fits(values)) return;
  const other = Object.entries<Call>(CALLS).find(([name, call]) => name !== owner && call.fits(values))?.[0];
  throw new ValidationError(
    `the middleware of ${owner}() must be called with ${parameters}, but was called with (${
      values.map(describe).join(", ")
    }): use ${other === undefined ? "the one for your framework, or withFlags()" : `${other}()`}`,
  );
}

/**
 * Returns a middleware of two parameters, by which frameworks know one, that checks what it is called with. It throws and
 * does not reject: not every framework awaits its middleware, and all of them catch what one throws.
 * @param owner The function that made it.
 */
export function checked<Context, Next, Result>(
  owner: MiddlewareName,
  middleware: (context: Context, next: Next) => Result,
): (context: Context, next: Next) => Result {
  return (context: Context, next: Next, ...more: readonly unknown[]) => {
    checkCall(owner, [context, next, ...more]);
    return middleware(context, next);
  };
}

function isFunction(value: unknown): value is (...values: unknown[]) => unknown {
  return typeof value === "function";
}

function has(value: unknown, method: string): boolean {
  return isObject(value) && isFunction(value[method]);
}

function hasState(value: unknown): boolean {
  return isObject(value) && isObject(value["state"]);
}
