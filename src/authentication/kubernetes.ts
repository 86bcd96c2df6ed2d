// Flipt's Kubernetes authentication: the token of a service account in exchange for one of Flipt.

import { FliptError } from "../../core/errors.ts";
import { isObject, textProblem } from "../../core/describe.ts";
import { functionProblem } from "../../core/argument_checks.ts";
import { checkOptions, optional, serverUrlProblem } from "../../core/option_checks.ts";
import type { AuthenticationProvider } from "../options/authentication.ts";
import { askForToken, CachedToken, type IssuedToken } from "./cached_token.ts";
import { readToken } from "./token_file.ts";

/** Where Kubernetes puts the token of a pod's service account. */
const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Options of `kubernetesServiceAccount`. */
export interface KubernetesOptions {
  /** The address of Flipt, as in the option `url` of the client. */
  readonly url: string;
  /** The file of the service account's token. @default "/var/run/secrets/kubernetes.io/serviceaccount/token" */
  readonly path?: string;
  /** Makes the request, such as one that trusts a private authority. @default the runtime's `fetch` */
  readonly fetch?: typeof fetch;
}

/**
 * Authenticates by the service account of a pod, for a Flipt whose authentication method `kubernetes` is enabled: Flipt
 * exchanges the token of the service account for one of its own, which is used until shortly before it expires, or
 * until Flipt rejects it.
 *
 * @returns a function for the option `authentication`; it rejects with a `FliptError` when there is no token.
 * @throws {ValidationError} if an option is invalid.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { kubernetesServiceAccount } from "@flipt-ffi/client/auth";
 *
 * const url = "http://flipt.flipt.svc:8080";
 * const client = await FliptClient.init({ url, authentication: kubernetesServiceAccount({ url }) });
 * ```
 */
export function kubernetesServiceAccount(options: KubernetesOptions): AuthenticationProvider {
  checkOptions("kubernetesServiceAccount", options, {
    url: serverUrlProblem,
    path: optional(textProblem),
    fetch: optional(functionProblem),
  });
  const { url, path = SERVICE_ACCOUNT_TOKEN, fetch } = options;
  const exchangeUrl = `${url.trim().replace(/\/+$/, "")}/auth/v1/method/kubernetes/serviceaccount`;
  const issue = async (): Promise<IssuedToken> => {
    const body = JSON.stringify({ serviceAccountToken: await readToken(path) });
    const answer = await askForToken(exchangeUrl, { "content-type": "application/json" }, body, fetch);
    const { clientToken, authentication } = answer;
    if (typeof clientToken !== "string" || clientToken === "") {
      throw new FliptError(`${exchangeUrl} returned no clientToken: is this the address of Flipt?`);
    }
    const expiresAt = isObject(authentication) ? Date.parse(String(authentication["expiresAt"])) : NaN;
    return { token: clientToken, expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt };
  };
  const cached = new CachedToken(issue);
  return async (request) => ({ clientToken: await cached.get(request) });
}
