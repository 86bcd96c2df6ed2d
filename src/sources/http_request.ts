// Asks a Flipt server over HTTP: the headers, who the client is, redirects within the origin, connections that were
// closed while they waited for use. What is asked, and what becomes of the answer, is for the sources.

import { abortable, throwIfAborted } from "../../core/abortable.ts";
import type { AuthenticationProvider, AuthenticationStrategy } from "../options/authentication.ts";
import { authenticationProblem, authorization, secretOf } from "../options/authentication.ts";
import { headersProblem, type RequestHeaders, sentHeaders } from "../options/headers.ts";
import { type Fetch, isRedirect } from "./fetch.ts";
import type { Settings } from "../options/options.ts";
import type { RequestDetails } from "./response_body.ts";
import { discard } from "./response_body.ts";
import { persistent, unreachable } from "./transport.ts";
import { version as packageVersion } from "../../core/version.ts";

/** The server version whose documents this client understands; without it an old server leaves members out. */
const ACCEPTED_SERVER_VERSION = "1.47.0";
type RequesterSettings =
  & Pick<Settings, "namespace" | "environment" | "reference" | "authentication" | "tls">
  & Partial<Pick<Settings, "headers">>;

/** A response, and what was asked for it. */
export interface HttpExchange {
  /** The response, its body unread. */
  readonly response: Response;
  /** What was asked. */
  readonly asked: RequestDetails;
}

/** What is asked: with a body by POST, else by GET. */
interface Question {
  readonly url: string;
  readonly etag?: string;
  readonly body?: string;
}

/** Asks one server, for one namespace in one environment. */
export class HttpRequester {
  readonly #settings: RequesterSettings;
  #fetch: Fetch;
  #authentication: AuthenticationStrategy | AuthenticationProvider | undefined;

  /** A requester for the server of the settings, which makes each request by `fetch`. */
  constructor(settings: RequesterSettings, fetch?: Fetch) {
    this.#settings = settings;
    this.#authentication = settings.authentication;
    this.#fetch = persistent(fetch);
  }

  /** Makes each request by `fetch` from the next one on; by the web's own where that is `undefined`. */
  use(fetch: Fetch | undefined): void {
    this.#fetch = persistent(fetch);
  }

  /** Authenticates differently from the next request on. */
  authenticate(authentication: AuthenticationStrategy | AuthenticationProvider): void {
    this.#authentication = authentication;
  }

  /**
   * Asks for `url`, with an ETag where one is held. A token that the server does not accept is asked for anew, once.
   * @param body JSON that is sent by POST, and has to be safe to be sent twice. @default none
   * @throws {FetchError} (rejects) when there is no response, and the signal's reason when that is aborted.
   */
  async get(
    url: string,
    etag: string | undefined,
    signal: AbortSignal,
    body?: string,
  ): Promise<HttpExchange> {
    throwIfAborted(signal);
    const question = { url, etag, body };
    const strategy = await this.#strategy(url, signal);
    const answered = await this.#askAs(strategy, question, signal);
    if (answered.response.status !== 401 || typeof this.#authentication !== "function") return answered;
    const renewed = await this.#strategy(url, signal, true).catch((error: unknown) => {
      discard(answered.response);
      throw error;
    });
    // The same token once more would be refused once more.
    if (secretOf(renewed) === secretOf(strategy)) return answered;
    discard(answered.response);
    return await this.#askAs(renewed, question, signal);
  }

  async #askAs(
    strategy: AuthenticationStrategy | undefined,
    { url, etag, body }: Question,
    signal: AbortSignal,
  ): Promise<HttpExchange> {
    const headers: Record<string, string> = {
      "user-agent": `flipt-ffi-client/${packageVersion}`,
      ...await this.#headers(url, signal),
      "accept": "application/json",
      "x-flipt-accept-server-version": ACCEPTED_SERVER_VERSION,
      "x-flipt-environment": encodeURIComponent(this.#settings.environment),
    };
    const authorized = authorization(strategy);
    if (authorized !== undefined) headers["authorization"] = authorized;
    if (etag !== undefined) headers["if-none-match"] = etag;
    if (body !== undefined) headers["content-type"] = "application/json";
    const asked: RequestDetails = {
      url,
      settings: this.#settings,
      sent: headers,
      conditional: etag !== undefined,
    };
    const init = { headers, redirect: "manual", signal } as const;
    const sent = body === undefined ? init : { ...init, method: "POST", body } as const;
    return { response: await this.#send(asked, sent), asked };
  }

  async #strategy(
    url: string,
    signal: AbortSignal,
    isRejected: boolean = false,
  ): Promise<AuthenticationStrategy | undefined> {
    const given = this.#authentication;
    const provide = typeof given === "function" ? () => given({ isRejected }) : given;
    return await provided("authentication", provide, url, signal, authenticationProblem);
  }

  /** What the user adds, with names in lower case, as the client's own: each can be there once. */
  async #headers(url: string, signal: AbortSignal): Promise<Record<string, string>> {
    const { headers } = this.#settings;
    return sentHeaders(await provided("headers", headers, url, signal, headersProblem) ?? {});
  }

  // Redirects are followed by hand: fetch itself would carry the request on to another origin.
  async #send(asked: RequestDetails, init: Parameters<Fetch>[1]): Promise<Response> {
    const response = await this.#tried(asked, asked.url, init);
    if (!isRedirect(response)) return response;
    const { followed } = await import("./redirects.ts");
    return await followed(asked, response, (url) => this.#tried(asked, url, init));
  }

  async #tried(asked: RequestDetails, url: string, init: Parameters<Fetch>[1]): Promise<Response> {
    const { signal } = init;
    try {
      return await abortable(this.#fetch(url, init), signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : unreachable(asked.url, error, this.#settings.tls);
    }
  }
}

/**
 * What an option or a function in its place gives for a request.
 * @throws {FetchError} (rejects) when the function fails, or gives what `problemOf` has an objection to.
 */
async function provided<T extends AuthenticationStrategy | RequestHeaders | undefined>(
  name: string,
  provide: T | (() => T | Promise<T>),
  url: string,
  signal: AbortSignal,
  problemOf: (value: unknown) => string | undefined,
): Promise<T> {
  if (typeof provide !== "function") return provide;
  let value: T;
  try {
    value = await abortable(Promise.resolve(provide()), signal);
  } catch (error) {
    const { aborted, reason } = signal;
    const { neverAsked, providerFailed } = await import("./provider_errors.ts");
    throw aborted ? neverAsked(name, url, reason) : providerFailed(name, url, error);
  }
  const problem = problemOf(value);
  if (problem === undefined) return value;
  throw (await import("./provider_errors.ts")).resultUnusable(name, url, problem);
}
