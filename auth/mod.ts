/**
 * Functions for the option `authentication`: tokens from files that change, from a Kubernetes service account, and by
 * OAuth 2.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { tokenFile } from "@flipt-ffi/client/auth";
 *
 * const client = await FliptClient.init({
 *   url: "https://flipt.example.com",
 *   authentication: tokenFile("/var/run/secrets/flipt/token"),
 * });
 * ```
 *
 * @module
 */

export { tokenFile } from "../src/authentication/token_file.ts";
export type { TokenFileOptions } from "../src/authentication/token_file.ts";
export type { TokenKind } from "../src/authentication/token_kind.ts";
export { kubernetesServiceAccount } from "../src/authentication/kubernetes.ts";
export type { KubernetesOptions } from "../src/authentication/kubernetes.ts";
export { clientCredentials } from "../src/authentication/client_credentials.ts";
export type { ClientCredentialsOptions } from "../src/authentication/client_credentials.ts";
