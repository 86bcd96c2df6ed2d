// The options for authentication and TLS.

import { authenticationProblem, type AuthenticationStrategy } from "../src/options/authentication.ts";
import type { TlsOptions } from "../src/options/tls.ts";
import type { OptionGroup } from "./command.ts";
import { UsageError } from "./errors.ts";
import { readText, sourceName } from "./files.ts";
import type { CommandArguments } from "./command_arguments.ts";
import type { Io } from "./io.ts";

/** The options for authentication. */
export const AUTHENTICATION_OPTIONS: OptionGroup = {
  title: "authentication (other users can see a token on the command line: prefer a file or a variable)",
  options: {
    "token-file": {
      type: "text",
      value: "FILE",
      summary: "a file with a client token; - reads stdin",
    },
    token: { type: "text", value: "TOKEN", summary: "a client token", variable: "FLIPT_CLIENT_TOKEN" },
    "jwt-file": {
      type: "text",
      value: "FILE",
      summary: "a file with a JSON Web Token; - reads stdin",
    },
    jwt: { type: "text", value: "TOKEN", summary: "a JSON Web Token", variable: "FLIPT_JWT_TOKEN" },
  },
};

/** The same without environment variables: `serve` requires a token only if one is given explicitly. */
export const SERVE_AUTHENTICATION_OPTIONS: OptionGroup = {
  title: AUTHENTICATION_OPTIONS.title,
  options: Object.fromEntries(
    Object.entries(AUTHENTICATION_OPTIONS.options).map(([name, { variable: _, ...rest }]) => [name, rest]),
  ),
};

/** The options for TLS. */
export const TLS_OPTIONS: OptionGroup = {
  title: "TLS (PEM files)",
  options: {
    ca: {
      type: "text",
      value: "FILE",
      summary: "the certificate authorities to trust, in place of the runtime's",
    },
    cert: { type: "text", value: "FILE", summary: "the client certificate" },
    key: { type: "text", value: "FILE", summary: "the private key of the client certificate" },
    "insecure-skip-verify": { type: "switch", summary: "accept any server certificate" },
    "insecure-skip-hostname-verify": {
      type: "switch",
      summary: "accept a trusted certificate for another host name",
    },
  },
};

const TOKEN_KINDS = [
  { kind: "clientToken", option: "token" },
  { kind: "jwtToken", option: "jwt" },
] as const;

/**
 * Returns the token, from the options or else from the environment.
 * @throws {UsageError} (rejects) when several are given, a token file is empty, or a token is not valid.
 */
export async function authentication(
  args: CommandArguments,
  io: Io,
): Promise<AuthenticationStrategy | undefined> {
  const names = TOKEN_KINDS.flatMap(({ option }) => [option, `${option}-file`]);
  const given = names.filter((name) => args.isGiven(name));
  if (given.length > 1) {
    throw new UsageError(
      `${given.map((name) => `--${name}`).join(" and ")} cannot be combined: give one of them`,
    );
  }
  const tokens: AuthenticationStrategy[] = [];
  for (const { kind, option } of TOKEN_KINDS) {
    const isGiven = args.isGiven(option) || args.isGiven(`${option}-file`);
    if (given.length > 0 && !isGiven) continue;
    const file = args.text(`${option}-file`);
    const token = file === undefined ? args.text(option) : (await readText(file, io)).trim();
    if (token === undefined) continue;
    if (token === "") throw new UsageError(`there is no token in ${sourceName(file ?? "")}`);
    tokens.push({ [kind]: token } as unknown as AuthenticationStrategy);
  }
  if (tokens.length > 1) {
    const variables = TOKEN_KINDS.map(({ option }) => AUTHENTICATION_OPTIONS.options[option]?.variable);
    throw new UsageError(`${variables.join(" and ")} are both set: unset one of them`);
  }
  const [strategy] = tokens;
  const problem = strategy && authenticationProblem(strategy);
  if (problem !== undefined) throw new UsageError(`the authentication ${problem}`);
  return strategy;
}

/** Returns the TLS options, or `undefined` when none is given. */
export function tls(args: CommandArguments): TlsOptions | undefined {
  const options: TlsOptions = {
    caCertFile: args.text("ca"),
    clientCertFile: args.text("cert"),
    clientKeyFile: args.text("key"),
    insecureSkipVerify: args.is("insecure-skip-verify") || undefined,
    insecureSkipHostnameVerify: args.is("insecure-skip-hostname-verify") || undefined,
  };
  return Object.values(options).some((value) => value !== undefined) ? options : undefined;
}
