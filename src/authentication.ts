// Who the client is to the server: the kinds of tokens, what a usable one looks like, and the header they become.

import { describe } from "./describe.ts";

/** A static token of Flipt. */
export interface ClientTokenAuthentication {
  /** The token, without a scheme in front. */
  readonly clientToken: string;
}

/** A JSON Web Token. */
export interface JWTAuthentication {
  /** The token, without a scheme in front. */
  readonly jwtToken: string;
}

/** How a request authenticates. */
export type AuthenticationStrategy = ClientTokenAuthentication | JWTAuthentication;

/** Gives the token for the next request; asked before each, so that tokens can rotate. */
export type AuthenticationProvider = () => AuthenticationStrategy | Promise<AuthenticationStrategy>;

// The scheme's case matters to the server.
const schemes = { clientToken: "Bearer", jwtToken: "JWT" } as const;

/** What is wrong with an authentication, worded to follow its name; `undefined` when nothing is. */
export function authenticationProblem(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return `must be { clientToken } or { jwtToken }, but is ${describe(value)}`;
  }
  const { clientToken, jwtToken } = value as Record<string, unknown>;
  if (clientToken !== undefined && jwtToken !== undefined) {
    return "must have one of clientToken and jwtToken, but has both";
  }
  if (clientToken !== undefined) return tokenProblem("clientToken", clientToken);
  if (jwtToken !== undefined) return tokenProblem("jwtToken", jwtToken);
  return "must have one of clientToken and jwtToken, but has neither";
}

function tokenProblem(name: string, token: unknown): string | undefined {
  if (typeof token !== "string") return `must have a string as its ${name}, but has ${describe(token)}`;
  if (token.trim() === "") return `has an empty ${name}`;
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return `has a ${name} with a space, a line break, a control or a non-ASCII character in it: ` +
      `give the token alone, trimmed and without a scheme such as "Bearer"`;
  }
  return undefined;
}

/** The value of the `Authorization` header. */
export function authorization(strategy: AuthenticationStrategy): string {
  return "clientToken" in strategy && strategy.clientToken !== undefined
    ? `${schemes.clientToken} ${strategy.clientToken}`
    : `${schemes.jwtToken} ${(strategy as JWTAuthentication).jwtToken}`;
}

/** The token itself, where there is one, for keeping it out of messages. */
export function secretOf(strategy: AuthenticationStrategy | undefined): string | undefined {
  if (strategy === undefined) return undefined;
  return "clientToken" in strategy && strategy.clientToken !== undefined
    ? strategy.clientToken
    : (strategy as JWTAuthentication).jwtToken;
}
