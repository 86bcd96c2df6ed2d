// The options that say who asks a server, and how the connection to it is secured.

import type { AuthenticationStrategy } from "../src/options/authentication.ts";
import type { TlsOptions } from "../src/options/tls.ts";
import type { OptionGroup } from "./command.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import type { CommandArguments } from "./command_arguments.ts";
import type { Io } from "./io.ts";

/** Who asks. */
export const authenticationOptions: OptionGroup = {
  title:
    "who asks (a token on the command line can be seen by others on the machine: prefer a file or a variable)",
  options: {
    "token-file": {
      type: "text",
      value: "FILE",
      summary: "the file of a client token; - reads it from the input",
    },
    token: { type: "text", value: "TOKEN", summary: "a client token", variable: "FLIPT_CLIENT_TOKEN" },
    "jwt-file": {
      type: "text",
      value: "FILE",
      summary: "the file of a JSON Web Token; - reads it from the input",
    },
    jwt: { type: "text", value: "TOKEN", summary: "a JSON Web Token", variable: "FLIPT_JWT_TOKEN" },
  },
};

/** The same without the variables: for a server, which is not to ask for a token that nobody typed. */
export const typedAuthenticationOptions: OptionGroup = {
  title: authenticationOptions.title,
  options: Object.fromEntries(
    Object.entries(authenticationOptions.options).map(([name, { variable: _, ...rest }]) => [name, rest]),
  ),
};

/** How connections are secured. */
export const tlsOptions: OptionGroup = {
  title: "TLS (PEM files)",
  options: {
    ca: { type: "text", value: "FILE", summary: "the authorities to trust, in place of the runtime's" },
    cert: { type: "text", value: "FILE", summary: "the client's certificate" },
    key: { type: "text", value: "FILE", summary: "its private key" },
    "insecure-skip-verify": { type: "switch", summary: "take any certificate of the server" },
    "insecure-skip-hostname-verify": {
      type: "switch",
      summary: "take a trusted certificate for another host name",
    },
  },
};

const kinds = [
  { kind: "clientToken", option: "token" },
  { kind: "jwtToken", option: "jwt" },
] as const;

/**
 * The token, from what was typed, or else from the environment.
 * @throws {UsageError} (rejects) when there are several, or none where one was promised.
 */
export async function authentication(
  args: CommandArguments,
  io: Io,
): Promise<AuthenticationStrategy | undefined> {
  const names = kinds.flatMap(({ option }) => [option, `${option}-file`]);
  const typed = names.filter((name) => args.typed(name));
  if (typed.length > 1) {
    throw new UsageError(`give one of ${typed.map((name) => `--${name}`).join(" and ")}, not both`);
  }
  const tokens: AuthenticationStrategy[] = [];
  for (const { kind, option } of kinds) {
    const isTyped = args.typed(option) || args.typed(`${option}-file`);
    if (typed.length > 0 && !isTyped) continue;
    const file = args.text(`${option}-file`);
    const token = file === undefined ? args.text(option) : (await readText(file, io)).trim();
    if (token === undefined) continue;
    if (token === "") throw new UsageError(`there is no token in ${file === "-" ? "the input" : file}`);
    tokens.push({ [kind]: token } as unknown as AuthenticationStrategy);
  }
  if (tokens.length > 1) {
    const variables = kinds.map(({ option }) => authenticationOptions.options[option]?.variable);
    throw new UsageError(`${variables.join(" and ")} are both set, and one token is needed: unset the other`);
  }
  return tokens[0];
}

/** How connections are secured, where not as the runtime does. */
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
