// OAuth 2: a token for the credentials of a client (RFC 6749, section 4.4).

import { nameProblem, textProblem } from "../../core/describe.ts";
import { FliptError } from "../../core/errors.ts";
import { functionProblem } from "../../core/argument_checks.ts";
import { checkOptions, optional, serverUrlProblem } from "../../core/option_checks.ts";
import type { AuthenticationProvider } from "../options/authentication.ts";
import { askForToken, CachedToken, type IssuedToken } from "./cached_token.ts";
import { kindProblem, type TokenKind } from "./token_kind.ts";

/** Options of `clientCredentials`. */
export interface ClientCredentialsOptions {
  /** The token endpoint of the authorization server. */
  readonly tokenUrl: string;
  /** The id of the client. */
  readonly clientId: string;
  /** The secret of the client, or a function that returns it, so that it can rotate. */
  readonly clientSecret: string | (() => string | Promise<string>);
  /** The scopes, separated by spaces. @default none */
  readonly scope?: string;
  /** The audience, if the authorization server requires it. @default none */
  readonly audience?: string;
  /** Where the credentials go: into the header `Authorization`, or into the body. @default "header" */
  readonly credentialsIn?: "header" | "body";
  /** How the token is sent to Flipt. @default "jwtToken" */
  readonly kind?: TokenKind;
  /** Makes the request, such as one that trusts a private authority. @default the runtime's `fetch` */
  readonly fetch?: typeof fetch;
}

/**
 * Authenticates by OAuth 2 with the credentials of a client. A token is used until shortly before it expires, or until
 * Flipt rejects it.
 *
 * @returns a function for the option `authentication`; it rejects with a `FliptError` when there is no token.
 * @throws {ValidationError} if an option is invalid, or `tokenUrl` has a password in it.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { clientCredentials } from "@flipt-ffi/client/auth";
 *
 * const client = await FliptClient.init({
 *   url: "https://flipt.example.com",
 *   authentication: clientCredentials({
 *     tokenUrl: "https://login.example.com/oauth2/token",
 *     clientId: "shop",
 *     clientSecret: "the secret",
 *     scope: "flipt",
 *   }),
 * });
 * ```
 */
export function clientCredentials(options: ClientCredentialsOptions): AuthenticationProvider {
  checkOptions("clientCredentials", options, {
    tokenUrl: serverUrlProblem,
    clientId: textProblem,
    clientSecret: (value) => typeof value === "function" ? undefined : textProblem(value),
    scope: optional(textProblem),
    audience: optional(textProblem),
    credentialsIn: optional((value) => nameProblem(value, ["header", "body"])),
    kind: optional(kindProblem),
    fetch: optional(functionProblem),
  });
  const { kind = "jwtToken" } = options;
  const cached = new CachedToken(() => issue(options));
  return async (request) => ({ [kind]: await cached.get(request) });
}

async function issue(options: ClientCredentialsOptions): Promise<IssuedToken> {
  const { tokenUrl, clientId, clientSecret, scope, audience, credentialsIn = "header" } = options;
  const secret = typeof clientSecret === "function" ? await clientSecret() : clientSecret;
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (scope !== undefined) form.set("scope", scope);
  if (audience !== undefined) form.set("audience", audience);
  const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
  if (credentialsIn === "body") {
    form.set("client_id", clientId);
    form.set("client_secret", secret);
  } else headers["authorization"] = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(secret)}`)}`;
  const askedAt = Date.now();
  const answer = await askForToken(tokenUrl, headers, form.toString(), options.fetch);
  const { access_token: token, expires_in: seconds } = answer;
  if (typeof token !== "string" || token === "") throw new FliptError(`${tokenUrl} returned no access_token`);
  return { token, expiresAt: Number(seconds) > 0 ? askedAt + Number(seconds) * 1000 : undefined };
}

/** As section 2.3.1 has it: encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
