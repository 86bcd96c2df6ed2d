// Where redirects lead: within the origin only. Loaded with the first one.

import { FetchError } from "../../core/errors.ts";
import { isRedirect } from "./fetch.ts";
import { discard, type RequestDetails } from "./response_body.ts";
import { hide } from "./sent_secrets.ts";

/** How many redirects within the origin are followed. */
const MAX_REDIRECTS = 5;

/**
 * What a redirect leads to in the end.
 * @param ask Asks for a URL.
 * @throws {FetchError} (rejects) when there are too many, or one is not followed.
 */
export async function followed(
  asked: RequestDetails,
  first: Response,
  ask: (url: string) => Promise<Response>,
): Promise<Response> {
  let url = asked.url;
  let response = first;
  for (let hops = 0; isRedirect(response); hops++) {
    discard(response);
    if (hops === MAX_REDIRECTS) throw redirectError(asked, `redirects more than ${MAX_REDIRECTS} times`);
    url = target(asked, url, response);
    response = await ask(url);
  }
  return response;
}

/**
 * Where a redirect leads.
 * @throws {FetchError} when it says not where to, or to another origin.
 */
function target(asked: RequestDetails, from: string, response: Response): string {
  const { status } = response;
  const location = response.headers.get("location");
  if (location === null || !URL.canParse(location, from)) {
    // Browsers answer a redirect without status and target.
    throw redirectError(
      asked,
      "redirects, without saying where to: set the url option to where it leads",
      status || undefined,
    );
  }
  if (from.startsWith("unix:")) {
    throw redirectError(asked, "redirects, which is not followed on a Unix socket", status);
  }
  const to = new URL(location, from);
  if (to.origin === new URL(from).origin) return to.href;
  throw redirectError(
    asked,
    `redirects to another origin, ${hide(to.origin + to.pathname, asked.sent)}: ` +
      "if that is right, set the url option to it, as far as before /internal/",
    status,
  );
}

/** The error of a redirect that is not followed. */
function redirectError(asked: RequestDetails, what: string, status?: number): FetchError {
  return new FetchError(`${asked.url} ${what}`, { url: asked.url, status, retryable: false });
}
