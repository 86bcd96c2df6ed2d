// Frameworks that call back, and whose response says when the request is over: Express (and NestJS upon it) and Fastify.

import { withFlags } from "./current_flags.ts";
import { type Identify, type ScopeMaker, scopeOf } from "./identity.ts";

/** What is used of a response of Node. */
export interface ServerResponseLike {
  /** Calls back when the response was sent, or its connection is gone. */
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
 * Makes a middleware of Express 5, or of NestJS where it runs on Express. The flags are also `request.flags`.
 * @param identify Says who a request is from.
 */
export function expressFlags<Request extends object>(
  client: ScopeMaker,
  identify: Identify<Request>,
): ExpressFlags<Request> {
  return (request, response, next) => serve(client, identify, request, response, next);
}

/**
 * Makes a hook of Fastify for `onRequest` or, where who asks is known only then, `preHandler`. The flags are also
 * `request.flags`.
 * @param identify Says who a request is from.
 */
export function fastifyFlags<Request extends object>(
  client: ScopeMaker,
  identify: Identify<Request>,
): FastifyFlags<Request> {
  return (request, reply, done) =>
    serve(client, identify, request, reply.raw, (error) => done(error as Error | undefined));
}
