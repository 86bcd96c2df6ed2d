// Frameworks that call back, and whose response says when the request is over: Express (and NestJS upon it) and Fastify.

import type { Scope } from "../src/evaluation/scope.ts";
import { checkCall, type MiddlewareName } from "./calls.ts";
import { withFlags } from "./current_flags.ts";
import { checkMiddleware, type Identify, type ScopeMaker, scopeOf } from "./identity.ts";

/** The part of a Node response that is used. */
export interface ServerResponseLike {
  /** Adds a listener for when the response was sent, or its connection closed. */
  once(event: "close", listener: () => void): unknown;
}

/** A middleware of Express, and of NestJS: `app.use(expressFlags(…))`. */
export type ExpressFlags<Request> = (
  request: Request,
  response: ServerResponseLike,
  next: (error?: unknown) => void,
) => void;

/** A hook of Fastify: `app.addHook("onRequest", fastifyFlags(…))`. */
export type FastifyFlags<Request> = (
  request: Request,
  reply: { readonly raw: ServerResponseLike },
  done: (error?: Error) => void,
) => void;

/** Whether a call is one of the framework. If not, the request fails, whichever framework it is that calls. */
function isCall(owner: MiddlewareName, request: unknown, response: unknown, next: unknown): boolean {
  try {
    checkCall(owner, [request, response, next]);
    return true;
  } catch (error) {
    if (typeof next !== "function") throw error;
    next(error);
    return false;
  }
}

async function begin<Request extends object>(
  client: ScopeMaker,
  identify: Identify<Request>,
  request: Request,
  response: ServerResponseLike,
): Promise<Scope> {
  const scope = await scopeOf(client, identify, request);
  response.once("close", () => scope[Symbol.dispose]());
  Object.assign(request, { flags: scope });
  return scope;
}

/**
 * Returns a middleware for Express 5, or for NestJS on Express. The flags are also `request.flags`.
 * @param identify Identifies the user of a request.
 * @throws {ValidationError} when it is not given a client and a function.
 */
export function expressFlags<Request extends object>(
  client: ScopeMaker,
  identify: Identify<Request>,
): ExpressFlags<Request> {
  checkMiddleware("expressFlags", client, identify);
  return (request, response, next) => {
    if (!isCall("expressFlags", request, response, next)) return;
    begin(client, identify, request, response).then((scope) => withFlags(scope, () => next()), next);
  };
}

/**
 * Returns a hook of Fastify for `onRequest` or, if the user is only known then, `preHandler`. The flags are also
 * `request.flags`.
 * @param identify Identifies the user of a request.
 * @throws {ValidationError} when it is not given a client and a function.
 */
export function fastifyFlags<Request extends object>(
  client: ScopeMaker,
  identify: Identify<Request>,
): FastifyFlags<Request> {
  checkMiddleware("fastifyFlags", client, identify);
  return (request, reply, done) => {
    if (!isCall("fastifyFlags", request, reply, done)) return;
    begin(client, identify, request, reply.raw).then((scope) => withFlags(scope, () => done()), done);
  };
}
