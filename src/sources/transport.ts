// How a request gets to the server: by the web's fetch or, with the option `tls`, by node:https; and what it means when
// it does not get through. A browser has a transport of its own: browser/transport.ts.

import { causesOf, FetchError } from "../../core/errors.ts";
import type { Settings } from "../options/options.ts";
import type { TlsOptions } from "../options/tls.ts";
import { type Fetch, uncached } from "./fetch.ts";
import { ownFetchOnBun } from "./fetch_bun.ts";
import { reasonOf } from "./response_body.ts";
import { clearTextAdvice, tlsAdvice } from "./tls_advice.ts";

const LOST_CONNECTION = /EPIPE|UND_ERR_SOCKET|reset|closed|broken pipe|hang up/i;

/** The web's own, which a user may have replaced since this was loaded. */
const webFetch: Fetch = (url, init) => fetch(url, uncached(init));

/** The error for a request that no answer came to. What trying again does not cure is not retryable. */
export function unreachable(url: string, error: unknown, tls: TlsOptions | undefined): FetchError {
  if (error instanceof FetchError) return error;
  const advice = tlsAdvice(error, tls);
  // Deno repeats the URL, which the message has already.
  const told = reasonOf(error).replace(/^error sending request .*?\): /, "").trim();
  const reason = advice ?? told + clearTextAdvice(url, error, isConnectionLost(error));
  return new FetchError(`could not reach ${url}: ${reason}`, {
    url,
    retryable: advice === undefined,
    cause: error,
  });
}

/** Makes requests by `fetch`, and once more where a new connection cures what went wrong. */
export function persistent(fetch: Fetch = webFetch): Fetch {
  let mayHavePooled = false;
  return async (url, init) => {
    for (let tries = 0;; tries++) {
      try {
        const response = await fetch(url, init);
        mayHavePooled = true;
        return response;
      } catch (error) {
        // A server closes connections that wait for use; the next use of one finds that out, and a new one is made.
        const isCured = mayHavePooled && isConnectionLost(error) || tries === 0 && isInterimRefused(error);
        mayHavePooled = false;
        if (!isCured || init.signal.aborted) throw error;
      }
    }
  };
}

/** Whether a connection broke before the response, in the words of any runtime. */
function isConnectionLost(error: unknown): boolean {
  return causesOf(error).some((each) =>
    LOST_CONNECTION.test(each.message) || ("code" in each && LOST_CONNECTION.test(String(each.code)))
  );
}

/**
 * Whether Node gave up a response for a second interim answer: 100 after 103, which proxies send when they feel like it. The
 * next response may well come without.
 */
function isInterimRefused(error: unknown): boolean {
  return causesOf(error).some(({ message }) => message === "bad response");
}

/** Makes requests as the options say; `undefined` where the web's own fetch does. */
export async function ownFetch({ tls, url }: Pick<Settings, "tls" | "url">): Promise<Fetch | undefined> {
  if (url.startsWith("unix:")) {
    const { socketFetch } = await import("./socket_node.ts");
    return await socketFetch(url);
  }
  if (tls === undefined) return ownFetchOnBun();
  const { httpsFetch } = await import("./https_node.ts");
  return await httpsFetch(tls);
}
