// Frameworks whose middleware awaits what comes after it: Hono, Oak and Fresh.

import type { Scope } from "../src/evaluation/scope.ts";
import { checkCall, checked } from "./calls.ts";
import { withFlags } from "./current_flags.ts";
import { checkMiddleware, type Identify, type ScopeMaker, scopeOf } from "./identity.ts";

/** The part of Hono's context that is used. */
export interface HonoContextLike {
  /** Sets a variable for the handlers. */
  set(key: string, value: unknown): void;
}

/** The part of the contexts of Oak and Fresh that is used. */
export interface StatefulContext {
  /** The state that middleware shares with handlers. */
  readonly state: object;
}

/** A middleware of Hono. */
export type HonoFlags<Context> = (context: Context, next: () => Promise<void>) => Promise<void>;

/** A middleware of Oak. */
export type OakFlags<Context> = (context: Context, next: () => Promise<unknown>) => Promise<void>;

/** A middleware of Fresh. */
export type FreshFlags<Context> = (context: Context) => Promise<Response>;

/** Gives what comes after it the scope, and disposes of that. */
async function served<Result>(scope: Scope, next: () => Promise<Result>): Promise<Result> {
  using _ended = scope;
  return await withFlags(scope, next);
}

/**
 * Returns a middleware for Hono. The flags are also `c.get("flags")`.
 * @param identify Identifies the user of a request.
 * @throws {ValidationError} when it is not given a client and a function.
 */
export function honoFlags<Context extends HonoContextLike>(
  client: ScopeMaker,
  identify: Identify<Context>,
): HonoFlags<Context> {
  checkMiddleware("honoFlags", client, identify);
  return checked("honoFlags", async (context, next) => {
    const scope = await scopeOf(client, identify, context);
    context.set("flags", scope);
    await served(scope, next);
  });
}

/**
 * Returns a middleware for Oak. The flags are also `ctx.state.flags`.
 * @param identify Identifies the user of a request.
 * @throws {ValidationError} when it is not given a client and a function.
 */
export function oakFlags<Context extends StatefulContext>(
  client: ScopeMaker,
  identify: Identify<Context>,
): OakFlags<Context> {
  checkMiddleware("oakFlags", client, identify);
  return checked("oakFlags", async (context, next) => {
    const scope = await scopeOf(client, identify, context);
    Object.assign(context.state, { flags: scope });
    await served(scope, next);
  });
}

/**
 * Returns a middleware for Fresh 2. The flags are also `ctx.state.flags`.
 * @param identify Identifies the user of a request.
 * @throws {ValidationError} when it is not given a client and a function.
 */
export function freshFlags<Context extends StatefulContext & { next(): Promise<Response> }>(
  client: ScopeMaker,
  identify: Identify<Context>,
): FreshFlags<Context> {
  checkMiddleware("freshFlags", client, identify);
  const serve = async (context: Context): Promise<Response> => {
    const scope = await scopeOf(client, identify, context);
    Object.assign(context.state, { flags: scope });
    return await served(scope, () => context.next());
  };
  return (context: Context, ...more: readonly unknown[]) => {
    checkCall("freshFlags", [context, ...more]);
    return serve(context);
  };
}
