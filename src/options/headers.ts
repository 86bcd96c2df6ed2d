// The option `headers`: what users add to each request, and which names are not theirs to give.

import { isRecord, mustBe, quote } from "../../core/describe.ts";

/** Headers by name. One that is `undefined` is not sent. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** Returns the headers of the next request; called before each one. */
export type HeadersProvider = () => RequestHeaders | Promise<RequestHeaders>;

/** Names that the protocol between client and server, or the connection, needs. */
const RESERVED = /^(accept|connection$|content-|host$|if-|transfer-|x-flipt-)/i;

/** What is wrong with headers, or a function that returns them, worded to follow its name. */
export function headersProviderProblem(value: unknown): string | undefined {
  return typeof value === "function" ? undefined : headersProblem(value);
}

/** What is wrong with headers, worded to follow their name; never shows a value. */
export function headersProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return mustBe('an object such as { "x-team": "checkout" }', value);
  for (const [name, content] of Object.entries(value)) {
    if (RESERVED.test(name)) return `cannot set ${quote(name)}: the client does`;
    if (content !== undefined && (typeof content !== "string" || !isSendable(name, content))) {
      return `has ${quote(name)}, which is not a valid header`;
    }
  }
}

function isSendable(name: string, content: string): boolean {
  try {
    return sentHeaders({ [name]: content }) !== undefined;
  } catch {
    return false;
  }
}

/** What is sent of headers: names are in lower case, as the client's own, so that each is there once. */
export function sentHeaders(given: RequestHeaders): Record<string, string> {
  const entries = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(new Headers(entries));
}
