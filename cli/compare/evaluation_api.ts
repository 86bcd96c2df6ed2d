// Asks a Flipt server's own evaluation API, of v1 or v2: many questions in one request.

import { isObject } from "../../core/describe.ts";
import { FetchError } from "../../core/errors.ts";
import type { Settings } from "../../src/options/options.ts";
import { HttpRequester } from "../../src/sources/http_request.ts";
import { errorOf } from "../../src/sources/response.ts";
import { tlsFetch } from "../../src/sources/transport.ts";
import type { Deadline } from "../client_options.ts";
import { withDeadline } from "../client_options.ts";
import type { ComparedAnswer } from "./answer.ts";
import { booleanAnswer, variantAnswer } from "./answer.ts";
import type { Question } from "./questions.ts";

/** How many questions are in one request. */
const BATCH = 100;
const PATH = "/evaluate/v1/batch";

/**
 * The server's answers, in the order of the questions.
 * @param deadline How long each request may take.
 * @throws {TimeoutError} (rejects) when one takes longer.
 * @throws {FetchError} (rejects) when the server cannot be reached, refuses, or answers something else.
 */
export async function askServer(
  settings: Settings,
  questions: readonly Question[],
  deadline: Deadline,
): Promise<ComparedAnswer[]> {
  const requester = new HttpRequester(settings, await tlsFetch(settings.tls));
  const answers: ComparedAnswer[] = [];
  for (let start = 0; start < questions.length; start += BATCH) {
    const some = questions.slice(start, start + BATCH);
    answers.push(...await withDeadline(deadline, (signal) => askBatch(requester, settings, some, signal)));
  }
  return answers;
}

async function askBatch(
  requester: HttpRequester,
  settings: Settings,
  questions: readonly Question[],
  signal: AbortSignal,
): Promise<ComparedAnswer[]> {
  const url = new URL(settings.url + PATH).href;
  const { namespace: namespaceKey, environment, reference } = settings;
  // What only one of the versions knows is left out where it says nothing.
  const place = {
    ...(environment === "default" ? {} : { environmentKey: environment }),
    ...(reference === undefined ? {} : { reference }),
  };
  const requests = questions.map((question) => ({ namespaceKey, ...question, ...place }));
  const { response, asked } = await requester.post(url, JSON.stringify({ requests, ...place }), signal);
  if (response.status !== 200) throw await errorOf(response, asked, signal);
  const body: unknown = await response.json().catch(() => undefined);
  const responses = isObject(body) && Array.isArray(body["responses"]) ? body["responses"] : [];
  if (responses.length !== questions.length) throw unexpected(url, `${questions.length} answers`);
  return responses.map((each: unknown) => answerIn(each) ?? throwUnexpected(url));
}

function answerIn(response: unknown): ComparedAnswer | undefined {
  if (!isObject(response)) return undefined;
  const { booleanResponse, variantResponse, errorResponse } = response;
  if (isObject(booleanResponse)) {
    // JSON of protocol buffers may leave out what is false, empty, or the first of an enumeration.
    const { enabled = false, reason = "UNKNOWN_EVALUATION_REASON" } = booleanResponse;
    return booleanAnswer(enabled === true, String(reason));
  }
  if (isObject(variantResponse)) {
    const { match, variantKey, variantAttachment, segmentKeys, reason = "UNKNOWN_EVALUATION_REASON" } =
      variantResponse;
    return variantAnswer({
      match: match === true,
      variantKey: String(variantKey ?? ""),
      variantAttachment: String(variantAttachment ?? ""),
      segmentKeys: Array.isArray(segmentKeys) ? segmentKeys.map(String) : [],
      reason: String(reason),
    });
  }
  return isObject(errorResponse)
    ? { type: "error", reason: String(errorResponse["reason"] ?? "UNKNOWN_ERROR_EVALUATION_REASON") }
    : undefined;
}

function throwUnexpected(url: string): never {
  throw unexpected(url, "an answer of a flag, or that there is none");
}

function unexpected(url: string, wanted: string): FetchError {
  return new FetchError(
    `${url} did not answer as Flipt's evaluation API does: ${wanted} had to be in it. Check the url option`,
    { url, status: 200, retryable: false },
  );
}
