// Options from variables of the environment: those of the command line, and a few more.

import { environmentVariable } from "../ffi/environment.ts";
import { quotedList } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import type { FlagOverride } from "./evaluation/overrides.ts";
import { readToken, tokenFile } from "./authentication/token_file.ts";
import type { TokenKind } from "./authentication/token_kind.ts";
import type { ClientOptions } from "./options/client_options.ts";
import { readOptions, resolveOptions } from "./options/options.ts";

/** Variables that are the text of an option. */
const TEXTS = [
  { variable: "FLIPT_URL", option: "url" },
  { variable: "FLIPT_NAMESPACE", option: "namespace" },
  { variable: "FLIPT_ENVIRONMENT", option: "environment" },
  { variable: "FLIPT_REFERENCE", option: "reference" },
  { variable: "FLIPT_FETCH_MODE", option: "fetchMode" },
] as const;

/** Variables of tokens: one of them at most is set. */
const TOKENS = [
  { variable: "FLIPT_CLIENT_TOKEN", kind: "clientToken", isFile: false },
  { variable: "FLIPT_CLIENT_TOKEN_FILE", kind: "clientToken", isFile: true },
  { variable: "FLIPT_JWT_TOKEN", kind: "jwtToken", isFile: false },
  { variable: "FLIPT_JWT_TOKEN_FILE", kind: "jwtToken", isFile: true },
] as const satisfies readonly {
  readonly variable: string;
  readonly kind: TokenKind;
  readonly isFile: boolean;
}[];

const INTERVAL = { variable: "FLIPT_UPDATE_INTERVAL" } as const;
const OVERRIDES = { variable: "FLIPT_OVERRIDES" } as const;
const ALLOWS_OVERRIDES = { variable: "FLIPT_ALLOW_OVERRIDES" } as const;
/** Variables that say what a process is for. */
const STAGES = [{ variable: "NODE_ENV" }, { variable: "DENO_ENV" }] as const;
const CA_FILE = { variable: "FLIPT_CA_FILE" } as const;

/** An option that a variable stands for; its value is `undefined` where that is not set. */
interface Found {
  readonly variable: string;
  readonly option: keyof ClientOptions;
  readonly value: unknown;
}

/**
 * The options with those of the environment for what they leave out. Of a client that asks no server, they only have the
 * namespace and the overrides.
 * @throws {ValidationError} (rejects) when a variable cannot be used, or several have a token.
 */
export async function optionsFromEnvironment(options: ClientOptions): Promise<ClientOptions> {
  const read = readOptions(options);
  const { source, fetcher } = read;
  const isServer = source === undefined && (fetcher === undefined || fetcher === null);
  const found: Found[] = [];
  for (const { variable, option } of TEXTS) {
    if (isServer || option === "namespace") {
      found.push({ variable, option, value: await environmentVariable(variable) });
    }
  }
  if (isServer) {
    found.push({ ...INTERVAL, option: "updateInterval", value: await interval() });
    const caCertFile = await environmentVariable(CA_FILE.variable);
    if (caCertFile !== undefined) found.push({ ...CA_FILE, option: "tls", value: { caCertFile } });
    const authentication = options.authentication === undefined ? await token() : undefined;
    if (authentication !== undefined) found.push(authentication);
  }
  const overrides = options.overrides === undefined ? await environmentOverrides() : undefined;
  const given = Object.entries(read).filter(([, value]) => value !== undefined);
  const all: ClientOptions = {
    ...Object.fromEntries(found.map(({ option, value }) => [option, value])),
    overrides,
    ...Object.fromEntries(given),
  };
  checkNamingVariables(all, found);
  return all;
}

/**
 * Checks the options as `init` does.
 * @throws {ValidationError} that also says which variables the options in question come from.
 */
function checkNamingVariables(all: ClientOptions, found: readonly Found[]): void {
  try {
    resolveOptions(all);
  } catch (error) {
    const { message } = error as Error;
    const origins = found.filter(({ option, value }) =>
      value !== undefined && value === all[option] &&
      new RegExp(`^- .*\\b${option}\\b`, "m").test(message)
    );
    if (!(error instanceof ValidationError) || origins.length === 0) throw error;
    const lines = origins.map(({ variable, option }) => `(${option} comes from the variable ${variable})`);
    throw new ValidationError([message, ...lines].join("\n"));
  }
}

/**
 * The overrides of the environment; `undefined` for none.
 * @throws {ValidationError} (rejects) when they cannot be read, or this is production and nobody allowed them.
 */
export async function environmentOverrides(): Promise<Record<string, FlagOverride> | undefined> {
  const { variable } = OVERRIDES;
  const text = await environmentVariable(variable);
  if (text === undefined) return undefined;
  for (const stage of STAGES) {
    if (await environmentVariable(stage.variable) !== "production") continue;
    if (await environmentVariable(ALLOWS_OVERRIDES.variable) === "true") break;
    throw new ValidationError(
      `${variable} is set, and ${stage.variable} is "production", where overrides are refused: ` +
        `unset it, or set ${ALLOWS_OVERRIDES.variable}=true`,
    );
  }
  const { parseOverrides } = await import("./evaluation/override_text.ts");
  return parseOverrides(text, variable);
}

async function interval(): Promise<number | undefined> {
  const text = await environmentVariable(INTERVAL.variable);
  if (text === undefined || /^\d+(\.\d+)?$/.test(text.trim())) {
    return text === undefined ? text : Number(text);
  }
  throw new ValidationError(`${INTERVAL.variable} must be a number of seconds`);
}

async function token(): Promise<Found | undefined> {
  const set: { kind: TokenKind; isFile: boolean; variable: string; value: string }[] = [];
  for (const each of TOKENS) {
    const value = await environmentVariable(each.variable);
    if (value !== undefined) set.push({ ...each, value });
  }
  const [first, second] = set;
  if (second !== undefined) {
    throw new ValidationError(
      `${quotedList(set.map(({ variable }) => variable))} are set: unset all but one`,
    );
  }
  if (first === undefined) return undefined;
  const { kind, isFile, variable, value } = first;
  // A secret often comes with the end of its line. One of white space only is a mistake, and not absent.
  if (!isFile) return { variable, option: "authentication", value: { [kind]: value.trim() || value } };
  // So that a wrong path is told at once, by the name of the variable.
  await readToken(value).catch((cause: Error) => {
    throw new ValidationError(`${variable}: ${cause.message}`, { cause });
  });
  return { variable, option: "authentication", value: tokenFile(value, { kind }) };
}
