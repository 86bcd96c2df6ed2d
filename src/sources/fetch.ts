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
