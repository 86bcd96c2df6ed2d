// Where redirects lead: within the origin only. Loaded with the first one.

import { FetchError } from "../../core/errors.ts";
import { hide, type RequestDetails } from "./response_body.ts";

/**
 * Where a redirect leads.
 * @throws {FetchError} when it says not where to, or to another origin.
 */
export function target(asked: RequestDetails, from: string, response: Response): string {
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
    `redirects to another origin, ${hide(to.origin + to.pathname, asked.secret)}: ` +
      "if that is right, set the url option to it, as far as before /internal/",
    status,
  );
}

/** The error of a redirect that is not followed. */
export function redirectError(asked: RequestDetails, what: string, status?: number): FetchError {
  return new FetchError(`${asked.url} ${what}`, { url: asked.url, status, retryable: false });
}
