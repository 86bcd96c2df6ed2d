// Opens the stream endpoint of a Flipt server.

import type { HttpExchange, HttpRequester } from "./http_request.ts";
import type { Settings } from "../options/options.ts";
import { errorOf } from "./response_error.ts";

/** Where a namespace's stream is. */
export function streamUrl(settings: Pick<Settings, "url" | "environment" | "namespace">): string {
  const environment = encodeURIComponent(settings.environment);
  const namespace = encodeURIComponent(settings.namespace);
  const path = `/client/v2/environments/${environment}/namespaces/${namespace}/stream`;
  return new URL(settings.url + path).href;
}

/** The stream endpoint for one namespace. */
export class StreamSource {
  /** The URL it asks. */
  readonly url: string;
  readonly #requester: HttpRequester;

  /** A source for the namespace, environment and server of the settings. */
  constructor(requester: HttpRequester, settings: Pick<Settings, "url" | "environment" | "namespace">) {
    this.url = streamUrl(settings);
    this.#requester = requester;
  }

  /**
   * Opens the stream. A namespace that does not exist is not answered at all, until it does; nor is a request with the
   * digest that the server has (Flipt 2.10 and later; others take no notice of it), until the state changes.
   * @throws {FetchError} (rejects) when the server does not open one.
   */
  async open(digest: string | undefined, signal: AbortSignal): Promise<HttpExchange> {
    const url = digest === undefined ? this.url : `${this.url}?digest=${digest}`;
    const answered = await this.#requester.get(url, undefined, signal);
    if (answered.response.status === 200) return answered;
    throw await errorOf(answered.response, answered.asked, signal);
  }
}
