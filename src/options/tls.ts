// The option `tls`: what it may hold, and what can be said of it without opening a file. Nothing here needs a runtime.

import { describe, quote } from "../../core/describe.ts";
import { meantHint } from "../../core/closest_string.ts";

/**
 * How connections to the server are secured. Certificates and keys are PEM text; data takes precedence over a file.
 * Files are read again before each connection, so that a renewed certificate needs no new client.
 */
export interface TlsOptions {
  /** The file of the certificates to trust, in place of those that the runtime trusts. @default none */
  readonly caCertFile?: string;
  /** The certificates to trust, in place of those that the runtime trusts. @default none */
  readonly caCertData?: string;
  /** The file of the client's certificate, followed by its intermediate certificates. @default none */
  readonly clientCertFile?: string;
  /** The file of the client's private key, not encrypted. @default none */
  readonly clientKeyFile?: string;
  /** The client's certificate, followed by its intermediate certificates. @default none */
  readonly clientCertData?: string;
  /** The client's private key, not encrypted. @default none */
  readonly clientKeyData?: string;
  /**
   * The HTTP proxy that connections go through, such as `http://proxy.internal:3128`, with a user and password if it
   * requires them. Variables such as `HTTPS_PROXY` only apply without the option `tls`.
   * @default none
   */
  readonly proxy?: string;
  /** Accepts any server certificate: any server that responds is trusted, and receives the token. @default false */
  readonly insecureSkipVerify?: boolean;
  /** Accepts a trusted certificate for another host name. @default false */
  readonly insecureSkipHostnameVerify?: boolean;
}

const MEMBERS: Readonly<Record<keyof TlsOptions, "string" | "boolean">> = {
  caCertFile: "string",
  caCertData: "string",
  clientCertFile: "string",
  clientKeyFile: "string",
  clientCertData: "string",
  clientKeyData: "string",
  proxy: "string",
  insecureSkipVerify: "boolean",
  insecureSkipHostnameVerify: "boolean",
};

/** What is wrong with the option, worded to follow its name; `undefined` when nothing is. */
export function tlsProblem(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return `must be an object such as { caCertFile: "ca.pem" }, but is ${describe(value)}`;
  }
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const wanted = Object.hasOwn(MEMBERS, name) ? MEMBERS[name as keyof TlsOptions] : undefined;
    if (wanted === undefined) {
      return `has an unknown member ${quote(name)}${meantHint(name, Object.keys(MEMBERS))}`;
    }
    const kind: string = typeof member;
    if (kind !== wanted) return `must have a ${wanted} as its ${name}, but has ${describe(member)}`;
    if (typeof member === "string" && member.trim() === "") return `has an empty ${name}`;
  }
  const { proxy } = value as TlsOptions;
  // It stays out of the message: it may hold a password.
  if (proxy !== undefined && !isProxyUrl(proxy)) {
    return "must have a proxy such as http://proxy.internal:3128, without a path";
  }
  const { clientCertFile, clientCertData, clientKeyFile, clientKeyData } = value as TlsOptions;
  const hasCertificate = (clientCertData ?? clientCertFile) !== undefined;
  const hasKey = (clientKeyData ?? clientKeyFile) !== undefined;
  if (hasCertificate && !hasKey) {
    return "has a client certificate without its key: give clientKeyFile or clientKeyData";
  }
  if (hasKey && !hasCertificate) {
    return "has a client key without its certificate: give clientCertFile or clientCertData";
  }
  return undefined;
}

function isProxyUrl(proxy: string): boolean {
  if (!URL.canParse(proxy)) return false;
  const { protocol, pathname, search, hash } = new URL(proxy);
  return protocol === "http:" && pathname === "/" && search === "" && hash === "";
}

/** What the options beside it contradict, a sentence each. */
export function* tlsContradictions(
  { tls, fetcher, url }: { readonly tls?: unknown; readonly fetcher?: unknown; readonly url?: unknown },
): Generator<string> {
  if (tls === undefined) return;
  if (fetcher !== undefined) {
    yield "tls and fetcher cannot both be given: a fetcher makes its own connections";
  } else if (!/^\s*https:/i.test(String(url))) {
    yield "tls only works with a url that starts with https://";
  }
}
