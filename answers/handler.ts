// Answers over HTTP: as JSON with an ETag, as an event stream, and by OFREP.

import { checkArgument, functionProblem } from "../core/argument_checks.ts";
import { decoded } from "../core/decoded.ts";
import { isObject } from "../core/describe.ts";
import { checkOptionNames, type OptionNames } from "../core/option_names.ts";
import type { FlagOverrides, ScopeOverrides } from "../src/evaluation/overrides.ts";
import { checkContext } from "../src/evaluation/evaluation_input.ts";
import { Overrides } from "../src/evaluation/overriding_state.ts";
import { Fingerprint } from "../src/state/fingerprint.ts";
import type { Answers, AnswerSource } from "./answers.ts";
import { EventStreams, type Message, STREAM_HEADERS } from "./event_stream.ts";
import { checkKeys } from "./keys.ts";
import { bulkBody, flagBody, OFREP_PATH, type OfrepError } from "./ofrep.ts";

/** The visitor that answers are for. */
export interface Visitor {
  /** The entity. */
  readonly entityId: string;
  /** What constraints compare. @default {} */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  /** Overrides, such as those that `signedOverrides` of `@flipt-ffi/client/overrides` returned. @default none */
  readonly overrides?: FlagOverrides | undefined;
}

/** The context that a page sends over OFREP. It can contain anything. */
export interface OfrepContext {
  /** The entity, as sent by the page. */
  readonly targetingKey?: unknown;
  /** Anything else. */
  readonly [name: string]: unknown;
}

/** Options of `answersHandler`. */
export interface AnswersHandlerOptions {
  /**
   * Returns the visitor of a request, by its cookies or headers; `undefined` if unknown, which is answered with 401, or
   * a response of your own. Over OFREP it also gets the context that the page sent; use only what a visitor may choose.
   */
  readonly identify: (
    request: Request,
    ofrep?: OfrepContext,
  ) => Visitor | Response | undefined | Promise<Visitor | Response | undefined>;
  /** The flags that pages get. @default all flags */
  readonly keys?: readonly string[] | undefined;
}

/** The part of a client that a handler needs, such as a `FliptClient`. */
export interface AnsweringClient {
  /** Returns the source of the answers for an entity. */
  for(
    entityId: string,
    context?: Readonly<Record<string, unknown>>,
    overrides?: ScopeOverrides,
  ): AnswerSource & Partial<Disposable>;
  /** The status of the client. */
  readonly status: { readonly state: string };
  /** Subscribes to new flag states, and to changes of the status. */
  on(event: "update" | "status", listener: () => unknown): () => void;
}

/** What a closed client is answered with. Its answers would be empty, and pages would take that for their flags. */
const CLOSED = "the flags are closed: this server is stopping";

const OPTIONS: OptionNames<AnswersHandlerOptions> = { identify: true, keys: true };

/** The largest body of an OFREP request, in bytes. */
const MAX_BODY_BYTES = 65_536;

/**
 * Returns a function that answers requests with the answers of flags for their visitor: `GET` with JSON and an ETag,
 * or, if the page accepts `text/event-stream`, with a stream that sends the answers at once and after each change; and
 * OFREP's `POST …/ofrep/v1/evaluate/flags` and `…/flags/{key}`. Rules never leave the server.
 *
 * @returns a function from a web `Request` to a `Response`. It does not reject, unless `identify` does, or returns an id that
 * is blank or a context that is no object of properties.
 * @throws {ValidationError} when an option is invalid.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { answersHandler } from "@flipt-ffi/client/answers";
 *
 * const client = await FliptClient.init({ url: "https://flipt.example.com", namespace: "shop" });
 * const answers = answersHandler(client, { identify: (request) => visitorOf(request) });
 * Deno.serve((request) => new URL(request.url).pathname.startsWith("/flags") ? answers(request) : page(request));
 * ```
 */
export function answersHandler(
  client: AnsweringClient,
  options: AnswersHandlerOptions,
): (request: Request) => Promise<Response> {
  checkOptionNames("answersHandler()", options, OPTIONS);
  const { identify, keys } = options;
  checkArgument("identify", functionProblem(identify));
  checkKeys(keys);
  const streams = new EventStreams((onUpdate, onEnd) => {
    const stops = [
      client.on("update", onUpdate),
      client.on("status", () => void (client.status.state === "closed" && onEnd())),
    ];
    return () => stops.forEach((stop) => stop());
  });
  const answersFor = (
    { entityId, context = {}, overrides }: Visitor,
    wanted: readonly string[] | undefined = keys,
  ): Answers => {
    checkContext(context);
    const source = client.for(entityId, context, overrides && new Overrides(overrides));
    try {
      return source.evaluateAll({ keys: wanted });
    } finally {
      source[Symbol.dispose]?.();
    }
  };
  return async (request) => {
    const ofrep = OFREP_PATH.exec(new URL(request.url).pathname);
    const isClosed = client.status.state === "closed";
    if (ofrep !== null) {
      return isClosed
        ? failure(503, "GENERAL", CLOSED)
        : await answerOfrep(request, ofrep[1], options, answersFor);
    }
    if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET, HEAD");
    const isStream = request.method === "GET" &&
      /\btext\/event-stream\b/.test(request.headers.get("accept") ?? "");
    // A page keeps what it has. One that follows tries again after a stream that ends, and never after an error.
    if (isClosed) {
      return isStream
        ? new Response("", { headers: STREAM_HEADERS })
        : new Response(`${CLOSED}\n`, { status: 503, headers: { "cache-control": "no-store" } });
    }
    const visitor = await identify(request);
    if (visitor instanceof Response) return visitor;
    if (visitor === undefined || visitor === null) {
      return new Response("the visitor of this request is unknown\n", { status: 401 });
    }
    const message = (): Message => messageOf(answersFor(visitor));
    if (isStream) return streams.open(message);
    return conditional(request, message());
  };
}

async function answerOfrep(
  request: Request,
  flagKey: string | undefined,
  { identify, keys }: AnswersHandlerOptions,
  answersFor: (visitor: Visitor, keys?: readonly string[]) => Answers,
): Promise<Response> {
  if (request.method !== "POST") return notAllowed("POST");
  const context = await contextIn(request);
  if (context === undefined) {
    return failure(400, "PARSE_ERROR", 'the body must be JSON such as {"context":{"targetingKey":"user-1"}}');
  }
  const visitor = await identify(request, context);
  if (visitor instanceof Response) return visitor;
  if (visitor === undefined || visitor === null) {
    return failure(401, "GENERAL", "the visitor of this request is unknown");
  }
  if (flagKey === undefined) return conditional(request, messageOf(bulkBody(answersFor(visitor))));
  const key = decoded(flagKey);
  const isKnown = keys === undefined || keys.includes(key);
  const answer = isKnown ? answersFor(visitor, [key]).flags[key] : undefined;
  if (answer === undefined) {
    return Response.json({ key, errorCode: "FLAG_NOT_FOUND", errorDetails: "there is no such flag" }, {
      status: 404,
    });
  }
  return Response.json(flagBody(key, answer), { headers: { "cache-control": "no-store" } });
}

/** Returns the context in the body of an OFREP request; `undefined` when there is none. */
async function contextIn(request: Request): Promise<OfrepContext | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return undefined;
  try {
    const text = await request.text();
    if (text.length > MAX_BODY_BYTES) return undefined;
    const body: unknown = JSON.parse(text);
    const context: unknown = isObject(body) ? body["context"] ?? {} : undefined;
    return isObject(context) ? context : undefined;
  } catch {
    return undefined;
  }
}

function messageOf(content: unknown): Message {
  const text = JSON.stringify(content);
  const fingerprint = new Fingerprint();
  fingerprint.add(new TextEncoder().encode(text));
  return { id: fingerprint.text(), text };
}

/** Returns the message as JSON, or 304 when it is what the page has. */
function conditional(request: Request, { id, text }: Message): Response {
  const etag = `"${id}"`;
  const headers = { etag, "cache-control": "private, no-cache", "vary": "Accept, Cookie" };
  const held = request.headers.get("if-none-match")?.split(",").map((each) =>
    each.trim().replace(/^W\//, "")
  );
  if (held?.includes(etag)) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { ...headers, "content-type": "application/json" } });
}

function failure(status: number, errorCode: OfrepError["errorCode"], errorDetails: string): Response {
  return Response.json({ errorCode, errorDetails } satisfies OfrepError, { status });
}

function notAllowed(allow: string): Response {
  return new Response("method not allowed\n", { status: 405, headers: { allow } });
}
