// The source that asks a Flipt server over HTTP with the web's fetch.

import { orAborted } from "./abort.ts";
import type { AuthenticationProvider, AuthenticationStrategy } from "./authentication.ts";
import { authenticationProblem, authorization, secretOf } from "./authentication.ts";
import { FetchError } from "./errors.ts";
import type { Settings } from "./options.ts";
import type { Asked } from "./response.ts";
import { answerOf, discard, reasonOf } from "./response.ts";
import type { Answer, Source, Version } from "./source.ts";
import { version as packageVersion } from "./version.ts";

/** The server version whose documents this client understands; without it an old server leaves members out. */
const acceptedServerVersion = "1.47.0";
/** How many redirects within the origin are followed. */
const redirectLimit = 5;

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where a namespace's document is. */
export function snapshotUrl(settings: Pick<Settings, "url" | "namespace" | "reference">): string {
  const path = `/internal/v1/evaluation/snapshot/namespace/${encodeURIComponent(settings.namespace)}`;
  const query = settings.reference === undefined
    ? ""
    : `?reference=${encodeURIComponent(settings.reference)}`;
  return new URL(settings.url + path + query).href;
}

/** Asks the snapshot endpoint of a Flipt server. */
export class HttpSource implements Source {
  readonly url: string;
  readonly #namespace: string;
  readonly #environment: string;
  readonly #authentication: AuthenticationStrategy | AuthenticationProvider | undefined;

  /** A source for the namespace, environment and server of the settings. */
  constructor(settings: Settings) {
    this.url = snapshotUrl(settings);
    this.#namespace = settings.namespace;
    this.#environment = settings.environment;
    this.#authentication = settings.authentication;
  }

  async ask(held: Version | undefined, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const strategy = await this.#strategy(signal);
    const headers: Record<string, string> = {
      "Accept": "application/json",
      "User-Agent": `flipt-ffi-client/${packageVersion}`,
      "X-Flipt-Accept-Server-Version": acceptedServerVersion,
      "X-Flipt-Environment": encodeURIComponent(this.#environment),
    };
    if (strategy !== undefined) headers["Authorization"] = authorization(strategy);
    if (held?.etag !== undefined) headers["If-None-Match"] = held.etag;
    const asked: Asked = {
      url: this.url,
      namespace: this.#namespace,
      environment: this.#environment,
      secret: strategy === undefined ? undefined : secretOf(strategy),
      conditional: held?.etag !== undefined,
    };
    return answerOf(await this.#get(headers, signal), asked, signal);
  }

  async #strategy(signal: AbortSignal): Promise<AuthenticationStrategy | undefined> {
    const authentication = this.#authentication;
    if (typeof authentication !== "function") return authentication;
    let strategy: AuthenticationStrategy;
    try {
      strategy = await orAborted(Promise.resolve(authentication()), signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // What the function says of its failure may hold a secret: it is the cause, not part of the message.
      throw new FetchError("the authentication function failed; see the cause", {
        url: this.url,
        retryable: true,
        cause: error,
      });
    }
    const problem = authenticationProblem(strategy);
    if (problem === undefined) return strategy;
    throw new FetchError(`what the authentication function gave ${problem}`, {
      url: this.url,
      retryable: false,
    });
  }

  // Redirects are followed by hand: fetch itself would carry the request on to another origin.
  async #get(headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    let url = this.url;
    for (let hops = 0; hops <= redirectLimit; hops++) {
      const response = await this.#fetch(url, headers, signal);
      if (response.type !== "opaqueredirect" && !redirectStatuses.has(response.status)) return response;
      discard(response);
      url = this.#target(url, response);
    }
    throw this.#redirectError(`redirects more than ${redirectLimit} times`, undefined);
  }

  async #fetch(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    try {
      return await orAborted(fetch(url, { headers, redirect: "manual", signal }), signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new FetchError(`could not reach ${this.url}: ${reasonOf(error)}`, {
        url: this.url,
        retryable: true,
        cause: error,
      });
    }
  }

  #target(from: string, response: Response): string {
    const { status } = response;
    const location = response.headers.get("location");
    if (location === null || !URL.canParse(location, from)) {
      // Browsers answer a redirect without status and target.
      throw this.#redirectError(
        "redirects, without saying where to: set the url option to where it leads",
        status || undefined,
      );
    }
    const target = new URL(location, from);
    if (target.origin === new URL(from).origin) return target.href;
    throw this.#redirectError(
      `redirects to another origin, ${target.origin}${target.pathname}: ` +
        "if that is right, set the url option to it, as far as before /internal/",
      status,
    );
  }

  #redirectError(what: string, status: number | undefined): FetchError {
    return new FetchError(`${this.url} ${what}`, { url: this.url, status, retryable: false });
  }
}
