// What to do about an evaluation that failed, in words that follow those of the reference. Pages have a stand-in that gives
// none, since it would be downloaded for each visit: browser/advice.ts.

import { closestString, meantHint } from "../../core/closest_string.ts";
import { isObject, quote } from "../../core/describe.ts";
import { EvaluationError } from "../../core/errors.ts";
import type { Warn } from "../../core/user_callbacks.ts";
import type { CompiledState } from "../../engines/engine.ts";
import { partsOf } from "./client_parts.ts";

/** What was evaluated, as far as advice is made from it. */
export interface EvaluatedParts {
  /** The state; `hasState` is false when none has been fetched yet. */
  readonly holder: { readonly answering: CompiledState; readonly hasState?: boolean };
  /** How the client is doing, where it fetches by itself. */
  readonly status?: { readonly current: { readonly lastError?: Error } };
}

/** How many unknown flags of a state are compared with those that it has. */
const MAX_HINTS = 20;

/** A document of another namespace is as good as an empty one, as for the reference. */
const NO_FLAGS = ", nor any other: the namespace is empty, or the document is of another one";

/** How many requests without a context are still looked at: a program that misspells it does so from the start. */
let unexaminedRequests = 100;

/** The hints on unknown flags: finding one takes a look at every key, and a program may ask again and again. */
const hints = new WeakMap<CompiledState, Map<string, string>>();

/** The error that a flag is unknown or of the other type, with what to do; every other error as it is. */
export function withAdvice(error: unknown, flagKey: string, parts: EvaluatedParts): unknown {
  if (!(error instanceof EvaluationError)) return error;
  const cause = parts.holder.hasState === false ? parts.status?.current.lastError : undefined;
  const advice = adviceOn(error, flagKey, parts, cause);
  if (advice === undefined) return error;
  return new EvaluationError(`${error.message}: ${advice}`, {
    code: error.code,
    ...(cause === undefined ? {} : { cause }),
  });
}

function adviceOn(
  { message }: EvaluationError,
  flagKey: string,
  { holder }: EvaluatedParts,
  cause: Error | undefined,
): string | undefined {
  if (message.endsWith(" is not a variant flag")) return "use evaluateBoolean()";
  if (message.endsWith(" is not a boolean flag")) return "use evaluateVariant()";
  if (!message.endsWith(`/${flagKey}`)) return undefined;
  if (holder.hasState !== false) return `there is no such flag${unknownFlagHint(flagKey, holder.answering)}`;
  return `no flags have been fetched yet${cause === undefined ? "" : ` (${cause.message})`}`;
}

function unknownFlagHint(flagKey: string, state: CompiledState): string {
  const known = hints.get(state) ?? new Map<string, string>();
  hints.set(state, known);
  if (!known.has(flagKey) && known.size < MAX_HINTS) {
    const keys = state.listFlags().map(({ key }) => key);
    known.set(flagKey, keys.length === 0 ? NO_FLAGS : meantHint(flagKey, keys));
  }
  return known.get(flagKey) ?? "";
}

/**
 * Warns, once, of a request without a context that has one under another name.
 * @param client The client that was asked, or its parts: its logger is told.
 */
export function noteMissingContext(request: object, client: object | undefined): void {
  // A context that is there and `undefined` was meant to be. Without a client there is no evaluation.
  if (unexaminedRequests === 0 || "context" in request || !client) return;
  unexaminedRequests--;
  const names = Object.keys(request);
  const found = closestString("context", names) ?? names.find((name) => /ctx|context/i.test(name));
  if (found === undefined) return;
  unexaminedRequests = 0;
  const { warn = console.warn } = partsOf<{ readonly warn?: Warn }>(client) ?? client;
  warn(`flipt: a request has ${quote(found)} in place of context, and is evaluated without one`);
}

/** The parts of the clients that were warned of. */
const warned = new WeakSet<object>();

/** Warns, once a client, that the context of `evaluateAll` cannot be used: its answers do not say it. */
export function noteUnusable(
  error: unknown,
  entityId: string,
  { attachments, warn }: { readonly attachments: object; readonly warn?: Warn },
): void {
  if (error instanceof EvaluationError || entityId.trim() === "" || warned.has(attachments)) return;
  warned.add(attachments);
  warn?.("flipt: evaluateAll() returned only defaults:", error);
}

/** A message with the key of a flag in it, fit for a log: the reference's words have the key as it is. */
export function loggable(message: string | undefined, flagKey: string): string | undefined {
  return message?.replace(flagKey, () => quote(flagKey).slice(1, -1));
}

/** How a context is made of what `kind` is, worded to follow a message. */
export function contextHint(kind: string): string {
  if (kind === "a Promise") return "; await it";
  return ["a Map", "a collection"].includes(kind) ? "; use Object.fromEntries(context)" : "";
}

/** Where schemas come from, worded to follow what they are. */
export function schemaHint(): string {
  return ", such as one of Zod 3.24 or later, Valibot or ArkType";
}

/** The member of a request that was probably meant by a name that it does not have, worded to follow a message. */
export function requestHint(name: string, request: unknown): string {
  if (!isObject(request) || name in request) return "";
  const found = closestString(name, Object.keys(request));
  return found === undefined ? "" : `: the request has ${quote(found)} in place of ${name}`;
}
