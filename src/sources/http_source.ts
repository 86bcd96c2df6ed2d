// The source that asks the snapshot endpoint of a Flipt server.

import type { HttpRequester } from "./http_request.ts";
import type { Settings } from "../options/options.ts";
import { sourceResultOf } from "./response.ts";
import type { Source, SourceResult } from "./source.ts";
import type { Version } from "./version.ts";

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
  readonly #requester: HttpRequester;

  /** A source for the namespace and server of the settings. */
  constructor(requester: HttpRequester, settings: Pick<Settings, "url" | "namespace" | "reference">) {
    this.url = snapshotUrl(settings);
    this.#requester = requester;
  }

  async ask(held: Version | undefined, signal: AbortSignal): Promise<SourceResult> {
    const { response, asked } = await this.#requester.get(this.url, held?.etag, signal);
    return sourceResultOf(response, asked, signal);
  }
}
