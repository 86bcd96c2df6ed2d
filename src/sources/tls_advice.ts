// What a failed TLS handshake means to the user, whichever runtime tells of it and however it words that.

import { isError } from "../../core/errors.ts";
import type { TlsOptions } from "../options/tls.ts";

interface Rule {
  /** What the code or the message of the error has in it. */
  readonly pattern: RegExp;
  /** What is wrong, and what to do. */
  readonly advice: (tls: TlsOptions | undefined) => string;
}

// Codes of OpenSSL and BoringSSL as node:https and fetch give them, and names of rustls as Deno's fetch does.
const RULES: readonly Rule[] = [
  {
    pattern:
      /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|SELF_SIGNED_CERT|\bUnknownIssuer\b|\bCaUsedAsEndEntity\b/,
    advice: (tls) =>
      (tls?.caCertData ?? tls?.caCertFile) === undefined
        ? "the server's certificate is not from an authority that is trusted here: " +
          "give the authority's certificate as the option tls: { caCertFile }"
        : `the server's certificate is not from an authority in the option tls.${
          tls?.caCertData === undefined ? "caCertFile" : "caCertData"
        }: give the certificate of the authority that signed it`,
  },
  {
    pattern: /ERR_TLS_CERT_ALTNAME_INVALID|\bNotValidForName/,
    advice: () =>
      "the server's certificate is for another host name: use a name in the url option that the certificate has " +
      "(or set the option tls: { insecureSkipHostnameVerify: true })",
  },
  {
    pattern: /CERT_HAS_EXPIRED|\bExpired\b|invalid peer certificate: certificate expired/,
    advice: () => "the server's certificate has expired: it must be renewed there",
  },
  {
    pattern: /CERT_NOT_YET_VALID|\bNotValidYet\b|certificate not valid yet/,
    advice: () => "the server's certificate is not valid yet: check the clocks of both machines",
  },
  {
    pattern: /CERT_REVOKED|\bRevoked\b/,
    advice: () => "the server's certificate has been revoked: it must be replaced there",
  },
  {
    pattern: /CERTIFICATE_REQUIRED|\bCertificateRequired\b/i,
    advice: () =>
      "the server requires a client certificate: give the options tls: { clientCertFile, clientKeyFile }",
  },
  {
    pattern:
      /alert[_ ](bad[_ ]certificate|unknown[_ ]ca|certificate[_ ](expired|revoked|unknown)|unsupported[_ ]certificate)/i,
    advice: (tls) =>
      (tls?.clientCertData ?? tls?.clientCertFile) === undefined
        ? "the server requires a client certificate: give the options tls: { clientCertFile, clientKeyFile }"
        : "the server rejected the client certificate in the option tls",
  },
  {
    pattern: /alert[_ ]handshake[_ ]failure|\bHandshakeFailure\b|\bHANDSHAKE_FAILURE\b/i,
    advice: (tls) =>
      (tls?.clientCertData ?? tls?.clientCertFile) === undefined
        ? "the server broke off the handshake: it requires a client certificate (the options " +
          "tls: { clientCertFile, clientKeyFile }), or has no version or cipher of TLS in common with this runtime"
        : "the server broke off the handshake: it does not accept the client certificate in the option tls, or has no " +
          "version or cipher of TLS in common with this runtime",
  },
  {
    pattern: /alert[_ ]protocol[_ ]version|UNSUPPORTED_PROTOCOL|\bPROTOCOL_VERSION\b|\bProtocolVersion\b/i,
    advice: () => "the server speaks no version of TLS that this runtime does: it must offer TLS 1.2 or 1.3",
  },
  {
    pattern: /WRONG_VERSION_NUMBER|wrong version number|InvalidContentType|server speak TLS on this port/,
    advice: () =>
      "the server does not speak TLS on that port: set the url option to one that starts with http://",
  },
];

/** What to do about an error of TLS that trying again does not cure; `undefined` for every other error. */
export function tlsAdvice(error: unknown, tls: TlsOptions | undefined): string | undefined {
  const said = words(error).join("\n");
  for (const { pattern, advice } of RULES) {
    const [name] = pattern.exec(said) ?? [];
    if (name !== undefined) return `${advice(tls)} (${name})`;
  }
  return undefined;
}

/**
 * What to try where a request in the clear found no HTTP, worded to follow the reason; `""` for every other error. A port
 * for TLS answers with an alert, or with the end of the connection.
 */
export function clearTextAdvice(url: string, error: unknown, isLost: boolean): string {
  if (!url.startsWith("http:")) return "";
  // As Deno, Node's fetch and node:http say it; Bun takes it for a lost connection.
  if (!isLost && !/invalid HTTP version|the HTTP\/1\.1 protocol|Expected HTTP\//.test(words(error).join())) {
    return "";
  }
  return "; if that port speaks TLS, set the url option to one that starts with https://";
}

/** The codes and messages of an error and of what caused it. */
function words(error: unknown): string[] {
  const found: string[] = [];
  let inner = error;
  for (let depth = 0; depth < 6 && isError(inner); depth++) {
    if ("code" in inner && typeof inner.code === "string") found.push(inner.code);
    found.push(inner.message);
    inner = inner.cause;
  }
  return found;
}
