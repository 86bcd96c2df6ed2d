// The part of the web's fetch that a transport has.

/** What is used of the web's fetch. Redirects are not followed. */
export type Fetch = (
  url: string,
  init: {
    readonly headers: Record<string, string>;
    readonly redirect: "manual";
    /** What is sent; a request that has it is a POST. */
    readonly body?: string;
    readonly method?: "POST";
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** Whether a response leads elsewhere. Browsers hide its status. */
export function isRedirect({ status, type }: Response): boolean {
  return type === "opaqueredirect" || [301, 302, 303, 307, 308].includes(status);
}

/**
 * The same, past every cache of `fetch`: a framework may put one there that keeps responses across requests and
 * deployments. Where `Request` knows no caches, as in older Cloudflare Workers, naming one would be an error; a `fetch`
 * that a test puts into jsdom can be without it.
 */
export function uncached(init: Parameters<Fetch>[1]): RequestInit {
  return typeof Request === "function" && "cache" in Request.prototype
    ? { ...init, cache: "no-store" }
    : init;
}
