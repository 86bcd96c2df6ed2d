// Who the client is to the server: the kinds of tokens, what a usable one looks like, and the header they become.

import { isObject, membersProblem, mustBe } from "../../core/describe.ts";
import { tokenHint } from "./option_hints.ts";

/** How a request authenticates: by one of the tokens, or by none. A token that is empty counts as none. */
export interface AuthenticationStrategy {
  /** A static token of Flipt, without a scheme in front. */
  clientToken?: string | null;
  /** A JSON Web Token, without a scheme in front. */
  jwtToken?: string | null;
}

/** A static token of Flipt. */
export interface ClientTokenAuthentication extends AuthenticationStrategy {
  /** The token, without a scheme in front. */
  clientToken: string;
}

/** A JSON Web Token. */
export interface JWTAuthentication extends AuthenticationStrategy {
  /** The token, without a scheme in front. */
  jwtToken: string;
}

/** The argument of a function that returns a token. */
export interface AuthenticationRequest {
  /** Whether the server rejected the last token, so that a cached one is no longer valid. @default false */
  readonly isRejected?: boolean;
}

/** Returns the token for the next request; called before each, so that tokens can rotate. */
export type AuthenticationProvider = (
  request?: AuthenticationRequest,
) => AuthenticationStrategy | Promise<AuthenticationStrategy>;

/** What is wrong with an authentication, or a function that gives one, worded to follow its name. */
export function providerProblem(value: unknown): string | undefined {
  return typeof value === "function" ? undefined : authenticationProblem(value);
}

/** What is wrong with an authentication, worded to follow its name; `undefined` when nothing is. */
export function authenticationProblem(value: unknown): string | undefined {
  if (!isObject(value)) return mustBe("{ clientToken } or { jwtToken }", value);
  const names = ["clientToken", "jwtToken"].filter((name) => !isNoToken(value[name]));
  const [name] = names;
  if (names.length > 1) return "must have one of clientToken and jwtToken, but has both";
  if (name !== undefined) {
    return membersProblem(value, "string", name) ?? tokenProblem(name, value[name] as string);
  }
  return "clientToken" in value || "jwtToken" in value || Object.keys(value).length === 0
    ? undefined
    : "must have one of clientToken and jwtToken, but has neither";
}

/** Whether there is no token: what a variable of the environment that is not set becomes counts as none. */
function isNoToken(token: unknown): boolean {
  return token === undefined || token === null || token === "";
}

/** What is wrong with a token, worded to follow where it is from. */
export function tokenProblem(name: string, token: string): string | undefined {
  if (/^[\x21-\x7e]+$/.test(token)) return undefined;
  return `has a ${name} with a space or another invalid character${tokenHint()}`;
}

/** The value of the `Authorization` header, where there is a token. The scheme's case matters to the server. */
export function authorization(strategy: AuthenticationStrategy | undefined): string | undefined {
  const token = secretOf(strategy);
  return token && `${strategy?.clientToken ? "Bearer" : "JWT"} ${token}`;
}

/** The token itself, where there is one, for keeping it out of messages. */
export function secretOf(strategy: AuthenticationStrategy | undefined): string | undefined {
  return strategy?.clientToken || strategy?.jwtToken || undefined;
}
