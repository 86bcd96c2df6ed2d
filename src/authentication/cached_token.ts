// A token that is fetched, and used until shortly before it expires.

import { FliptError } from "../../core/errors.ts";
import { isObject } from "../../core/describe.ts";
import type { AuthenticationRequest } from "../options/authentication.ts";
import { uncached } from "../sources/fetch.ts";

/** How long before it expires a token is renewed at most, in milliseconds. */
const MAX_LEAD_MS = 60_000;
/** The share of its lifetime before the end in which a token is renewed, if that is less. */
const LEAD_SHARE = 0.1;
/** How long a token server may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** A token. */
export interface IssuedToken {
  /** The token. */
  readonly token: string;
  /** When it expires, in milliseconds since 1970; `undefined` when that was not said. */
  readonly expiresAt: number | undefined;
}

/** Keeps the token that `issue` returned last, and asks for one at a time. */
export class CachedToken {
  readonly #issue: () => Promise<IssuedToken>;
  readonly #now: () => number;
  #held: IssuedToken & { readonly renewAt: number } | undefined;
  #issuing: Promise<string> | undefined;

  /** Has no token yet. */
  constructor(issue: () => Promise<IssuedToken>, now: () => number = Date.now) {
    this.#issue = issue;
    this.#now = now;
  }

  /** Returns a token: the one that is held, unless it is about to expire, or the server did not accept it. */
  async get({ isRejected = false }: AuthenticationRequest = {}): Promise<string> {
    const held = this.#held;
    const now = this.#now();
    if (held !== undefined && !isRejected && now < held.renewAt) return held.token;
    this.#issuing ??= this.#renew(now).finally(() => this.#issuing = undefined);
    const isUsable = held !== undefined && !isRejected && now < (held.expiresAt ?? Infinity);
    // The server of tokens may be back before the one that is held expires.
    return await this.#issuing.catch((error: unknown) => {
      if (isUsable) return held.token;
      throw error;
    });
  }

  async #renew(now: number): Promise<string> {
    const issued = await this.#issue();
    const { token, expiresAt = Infinity } = issued;
    const lifetime = expiresAt - now;
    const lead = Math.min(MAX_LEAD_MS, Math.max(0, lifetime) * LEAD_SHARE);
    this.#held = { ...issued, renewAt: expiresAt - lead };
    return token;
  }
}

/**
 * Asks a server for a token.
 * @returns the members of its answer.
 * @throws {FliptError} (rejects) when it gives none. The message says what the server calls the error, and no secret.
 */
export async function askForToken(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  fetchToken: typeof fetch = fetch,
): Promise<Record<string, unknown>> {
  const { href } = new URL(url);
  let response: Response;
  let answer: unknown;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const init = {
      headers: { accept: "application/json", ...headers },
      body,
      method: "POST",
      signal,
    } as const;
    response = await fetchToken(href, { ...uncached({ ...init, redirect: "manual" }), redirect: "error" });
    answer = await response.json().catch(() => undefined);
  } catch (cause) {
    throw new FliptError(`no response from ${href}, from which a token was requested`, { cause });
  }
  if (response.ok && isObject(answer)) return answer;
  const said = isObject(answer) && typeof answer["error"] === "string"
    ? `: ${answer["error"].slice(0, 80)}`
    : "";
  throw new FliptError(`${href} returned no token: it answered ${response.status}${said}`);
}
