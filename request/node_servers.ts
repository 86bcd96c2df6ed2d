// Frameworks that call back, and whose response says when the request is over: Express (and NestJS upon it) and Fastify.

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

function serve<Request extends object>(
  client: ScopeMaker,
  identify: Identify<Request>,
  request: Request,
  response: ServerResponseLike,
  next: (error?: unknown) => void,
): void {
  scopeOf(client, identify, request).then((scope) => {
    response.once("close", () => scope[Symbol.dispose]());
    Object.assign(request, { flags: scope });
    withFlags(scope, () => next());
  }, next);
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
  return (request, response, next) => serve(client, identify, request, response, next);
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
  return (request, reply, done) =>
    serve(client, identify, request, reply.raw, (error) => done(error as Error | undefined));
}
