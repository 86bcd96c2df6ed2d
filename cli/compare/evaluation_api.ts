// The client of a Flipt server's own evaluation API, v1 or v2, which evaluates in batches.

import { isObject } from "../../core/describe.ts";
import { FetchError } from "../../core/errors.ts";
import type { Settings } from "../../src/options/options.ts";
import { HttpRequester } from "../../src/sources/http_request.ts";
import { errorOf } from "../../src/sources/response_error.ts";
import { ownFetch } from "../../src/sources/transport.ts";
import type { Deadline } from "../client_options.ts";
import { withDeadline } from "../client_options.ts";
import type { ComparedAnswer } from "./answer.ts";
import { booleanAnswer, variantAnswer } from "./answer.ts";
import type { Question } from "./questions.ts";

/** The number of questions in one request. */
const BATCH_SIZE = 100;
const PATH = "/evaluate/v1/batch";

/**
 * Returns the server's answers, in the order of the questions.
 * @param deadline The time limit of each request.
 * @throws {TimeoutError} (rejects) when a request exceeds the limit.
 * @throws {FetchError} (rejects) when the server is unreachable, rejects a request, or sends an unexpected response.
 */
export async function askServer(
  settings: Settings,
  questions: readonly Question[],
  deadline: Deadline,
): Promise<ComparedAnswer[]> {
  const requester = new HttpRequester(settings, await ownFetch(settings));
  const answers: ComparedAnswer[] = [];
  for (let start = 0; start < questions.length; start += BATCH_SIZE) {
    const some = questions.slice(start, start + BATCH_SIZE);
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
  // Members that only one version of Flipt supports are omitted unless they are needed.
  const place = {
    ...(environment === "default" ? {} : { environmentKey: environment }),
    ...(reference === undefined ? {} : { reference }),
  };
  const requests = questions.map((question) => ({ namespaceKey, ...question, ...place }));
  const { response, asked } = await requester.get(
    url,
    undefined,
    signal,
    JSON.stringify({ requests, ...place }),
  );
  if (response.status !== 200) throw withoutApi(await errorOf(response, asked, signal), url);
  const body: unknown = await response.json().catch(() => undefined);
  const responses = isObject(body) && Array.isArray(body["responses"]) ? body["responses"] : [];
  if (responses.length !== questions.length) throw unexpected(url, `${questions.length} answers`);
  return responses.map((each: unknown) => answerIn(each) ?? throwUnexpected(url));
}

/** Returns the error of a server that has no such address; the flag state has been fetched from it. */
function withoutApi(error: FetchError, url: string): FetchError {
  const { status, serverMessage, retryable } = error;
  if (status !== 404 || serverMessage !== undefined) return error;
  return new FetchError(
    `${url} answered 404: compare needs a Flipt server with its evaluation API, which flipt-ffi serve and ` +
      "flipt-ffi relay do not have",
    { url, status, retryable },
  );
}

function answerIn(response: unknown): ComparedAnswer | undefined {
  if (!isObject(response)) return undefined;
  const { booleanResponse, variantResponse, errorResponse } = response;
  if (isObject(booleanResponse)) {
    // Protocol Buffers may omit false, empty strings, and the first value of an enumeration from JSON.
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
  throw unexpected(url, "an evaluation or an error");
}

function unexpected(url: string, expected: string): FetchError {
  return new FetchError(
    `${url} did not respond like Flipt's evaluation API: expected ${expected}. Check the url option`,
    { url, status: 200, retryable: false },
  );
}
