// Who the client is to the server: the kinds of tokens, what a usable one looks like, and the header they become.

import { isObject, memberProblem, mustBe } from "../../core/describe.ts";

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

/** What is wrong with an authentication, or a function that gives one, worded to follow its name. */
export function providerProblem(value: unknown): string | undefined {
  return typeof value === "function" ? undefined : authenticationProblem(value);
}

/** What is wrong with an authentication, worded to follow its name; `undefined` when nothing is. */
export function authenticationProblem(value: unknown): string | undefined {
  if (!isObject(value)) return mustBe("{ clientToken } or { jwtToken }", value);
  const { clientToken, jwtToken } = value;
  if ((clientToken === undefined) === (jwtToken === undefined)) {
    return `must have one of clientToken and jwtToken, but has ${
      clientToken === undefined ? "neither" : "both"
    }`;
  }
  const name = clientToken === undefined ? "jwtToken" : "clientToken";
  return memberProblem(value, name, "string") ?? tokenProblem(name, value[name] as string);
}

function tokenProblem(name: string, token: string): string | undefined {
  if (token.trim() === "") return `has an empty ${name}`;
  if (/^[\x21-\x7e]+$/.test(token)) return undefined;
  return `has a ${name} with a space or another character that no token has: ` +
    `give it alone, without a scheme such as "Bearer"`;
}

/** The value of the `Authorization` header. The scheme's case matters to the server. */
export function authorization(strategy: AuthenticationStrategy): string {
  const { clientToken, jwtToken } = tokensOf(strategy);
  return clientToken === undefined ? `JWT ${jwtToken}` : `Bearer ${clientToken}`;
}

/** The token itself, where there is one, for keeping it out of messages. */
export function secretOf(strategy: AuthenticationStrategy | undefined): string | undefined {
  const { clientToken, jwtToken } = tokensOf(strategy);
  return clientToken ?? jwtToken;
}

function tokensOf(
  strategy: AuthenticationStrategy | undefined,
): Partial<ClientTokenAuthentication & JWTAuthentication> {
  return strategy ?? {};
}
