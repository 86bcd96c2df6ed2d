// Answers over HTTP: as JSON with an ETag, as an event stream, and by OFREP.

import { describe, isObject } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { Fingerprint } from "../src/state/fingerprint.ts";
import type { Answers, AnswerSource } from "./answers.ts";
import { EventStreams, type Message } from "./event_stream.ts";
import { bulkBody, flagBody, OFREP_PATH, type OfrepError } from "./ofrep.ts";

/** Whom answers are for. */
export interface Visitor {
  /** The entity. */
  readonly entityId: string;
  /** What constraints compare. @default {} */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** What a page says of itself by OFREP. It may say anything. */
export interface OfrepContext {
  /** The entity, as the page has it. */
  readonly targetingKey?: unknown;
  /** Anything else. */
  readonly [name: string]: unknown;
}

/** Options of `answersHandler`. */
export interface AnswersHandlerOptions {
  /**
   * Says whom a request is from, by its cookies or headers: `undefined` for nobody, which is answered with 401, or a
   * response of your own. By OFREP it is also told what the page says of itself; use of it only what a visitor may choose.
   */
  readonly identify: (
    request: Request,
    ofrep?: OfrepContext,
  ) => Visitor | Response | undefined | Promise<Visitor | Response | undefined>;
  /** The flags that pages are to know. @default all flags */
  readonly keys?: readonly string[];
}

/** What a handler needs of a client: a `FliptClient` has it. */
export interface AnsweringClient {
  /** Returns where the answers for an entity come from. */
  for(entityId: string, context?: Readonly<Record<string, unknown>>): AnswerSource & Partial<Disposable>;
  /** How the client is doing. */
  readonly status: { readonly state: string };
  /** Tells of new flag states, and of changes of the status. */
  on(event: "update" | "status", listener: () => unknown): () => void;
}

/** The largest body of an OFREP request, in bytes. */
const MAX_BODY_BYTES = 65_536;

/**
 * Makes a function that answers requests with what flags answer for whom they are from: `GET` with JSON and an ETag, or,
 * where the page accepts `text/event-stream`, with a stream that brings the answers at once and after each change; and
 * OFREP's `POST …/ofrep/v1/evaluate/flags` and `…/flags/{key}`. Rules never leave the server.
 *
 * @returns a function from a web `Request` to a `Response`. It does not reject, unless `identify` does.
 * @throws {ValidationError} when `identify` is no function.
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
  const { identify, keys } = options;
  if (typeof identify !== "function") {
    throw new ValidationError(`identify must be a function, but is ${describe(identify)}`);
  }
  const streams = new EventStreams((onUpdate, onEnd) => {
    const stops = [
      client.on("update", onUpdate),
      client.on("status", () => void (client.status.state === "closed" && onEnd())),
    ];
    return () => stops.forEach((stop) => stop());
  });
  const answersFor = ({ entityId, context = {} }: Visitor, wanted = keys): Answers => {
    const source = client.for(entityId, context);
    try {
      return source.evaluateAll({ keys: wanted });
    } finally {
      source[Symbol.dispose]?.();
    }
  };
  return async (request) => {
    const ofrep = OFREP_PATH.exec(new URL(request.url).pathname);
    if (ofrep !== null) return await answerOfrep(request, ofrep[1], options, answersFor);
    if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET, HEAD");
    const visitor = await identify(request);
    if (visitor instanceof Response) return visitor;
    if (visitor === undefined) {
      return new Response("the visitor of this request is unknown\n", { status: 401 });
    }
    const message = (): Message => messageOf(answersFor(visitor));
    if (request.method === "GET" && /\btext\/event-stream\b/.test(request.headers.get("accept") ?? "")) {
      return streams.open(message);
    }
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
  if (visitor === undefined) return failure(401, "GENERAL", "the visitor of this request is unknown");
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

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
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
