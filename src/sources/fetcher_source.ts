// The source that asks a function of the user, in place of HTTP.

import { abortable } from "../../core/abortable.ts";
import type { FetcherResponse, IFetcher } from "../options/client_options.ts";
import { describe, isObject, tagOf } from "../../core/describe.ts";
import { FetchError } from "../../core/errors.ts";
import type { Settings } from "../options/options.ts";
import { sourceResultOf } from "./response.ts";
import { discard, type ReadableResponse, reasonOf } from "./response_body.ts";
import type { Source, SourceResult } from "./source.ts";
import type { Version } from "./version.ts";

/** Asks a custom fetcher. */
export class FetcherSource implements Source {
  readonly url = "";
  readonly #fetcher: IFetcher;
  readonly #settings: Pick<Settings, "namespace" | "environment" | "reference">;

  /** A source that asks `fetcher`. */
  constructor(fetcher: IFetcher, settings: Pick<Settings, "namespace" | "environment" | "reference">) {
    this.#fetcher = fetcher;
    this.#settings = settings;
  }

  async ask(held: Version | undefined, signal: AbortSignal): Promise<SourceResult> {
    const asked = {
      url: this.url,
      settings: this.#settings,
      sent: {},
      // A fetcher may compare by means of its own, so that its 304 needs no ETag.
      conditional: held !== undefined,
    };
    return sourceResultOf(await this.#fetch(held?.etag, signal), asked, signal);
  }

  async #fetch(etag: string | undefined, signal: AbortSignal): Promise<ReadableResponse> {
    let response: unknown;
    try {
      const pending = Promise.resolve(this.#fetcher(etag === undefined ? {} : { etag }));
      pending.then((late) => {
        if (signal.aborted && isResponse(late)) discard(withBytes(late));
      }, () => {});
      response = await abortable(pending, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new FetchError(`the custom fetcher failed: ${reasonOf(error)}`, {
        url: this.url,
        retryable: true,
        cause: error,
      });
    }
    if (isResponse(response)) return withBytes(response);
    throw new FetchError(
      `the custom fetcher must return a Response, with at least status, headers.get() and json(), but returned ` +
        describe(response),
      { url: this.url, retryable: false },
    );
  }
}

/** A response that is read as bytes: one that a fetcher made itself may only have text, or a value. */
function withBytes(response: FetcherResponse): ReadableResponse {
  const { status, headers, body } = response;
  return {
    ...{ status, headers, body, bytesOf },
    async arrayBuffer(): Promise<ArrayBufferLike> {
      if (typeof response.arrayBuffer === "function") return await response.arrayBuffer();
      const text = typeof response.text === "function"
        ? await response.text()
        : JSON.stringify(await response.json()) ?? "";
      return new TextEncoder().encode(text).buffer;
    },
  };
}

function bytesOf(part: unknown): Uint8Array {
  if (typeof part === "string") return new TextEncoder().encode(part);
  if (tagOf(part) === "Uint8Array") return part as Uint8Array;
  throw new TypeError(`its body must yield bytes, but yields ${describe(part)}`);
}

function isResponse(value: unknown): value is FetcherResponse {
  if (!isObject(value)) return false;
  const { status, headers } = value as Partial<FetcherResponse>;
  return typeof status === "number" && typeof headers?.get === "function";
}
