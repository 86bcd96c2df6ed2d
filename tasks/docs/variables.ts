// The environment variables that the package reads: found in its sources, so that none is forgotten.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { denoJson, publishedFiles } from "../jsr/sources.ts";
import { ROOT } from "../npm/entries.ts";
import { optionVariables } from "./commands.ts";
import { code, table } from "./markdown.ts";

/** Those that stand for no option of the command line. */
const MEANINGS: Readonly<Record<string, string>> = {
  FLIPT_ENGINE_PATH:
    'the file of the reference library: `engine: "auto"` uses it, `engine: "flipt-engine-ffi"` ' +
    "opens it",
  FLIPT_CLIENT_TOKEN_FILE: "`FliptClient.fromEnvironment`: a file with a client token",
  FLIPT_JWT_TOKEN_FILE: "`FliptClient.fromEnvironment`: a file with a JSON Web Token",
  FLIPT_FETCH_MODE: "`FliptClient.fromEnvironment`: `polling` or `streaming`",
  FLIPT_UPDATE_INTERVAL: "`FliptClient.fromEnvironment`: the seconds between two fetches",
  FLIPT_CA_FILE:
    "`FliptClient.fromEnvironment`: the certificate authorities to trust, in place of the runtime's",
  FLIPT_ALLOW_OVERRIDES: "allows `FLIPT_OVERRIDES` in production when it is `true`",
  NODE_ENV: "`FLIPT_OVERRIDES` is refused when it is `production`",
  DENO_ENV: "the same",
  DENO_DIR: "on Deno, where the [cache folder](engines.md#the-cache-folder) is",
  XDG_CACHE_HOME: "the same, on Linux",
  LOCALAPPDATA: "the same, on Windows",
  HOME: "the same, on macOS, and on Linux without `XDG_CACHE_HOME`",
  NODE_USE_SYSTEM_CA: "read by `node:https`, which the option `tls` uses",
  FORCE_COLOR: "colours in the output of the command line, also where that is no terminal",
  NO_COLOR: "no colours in the output of the command line",
  TERM: "no colours in the output of the command line when it is `dumb`",
  LOG_TOKENS: "read by the package `yaml`",
  LOG_STREAM: "read by the package `yaml`",
};

/** How sources name what they read: `variable: "HOME"`, `CACHE_VARIABLES = ["HOME"]`, `yamlVariables = ["LOG_TOKENS"]`. */
const READ = /(?:\bvariable: |V(?:ARIABLE|ariable)S?s?\b[^=\n]* = \[?)((?:"[A-Z][A-Z_]+"(?:, )?)+)/g;

/** The variables that the published sources read, sorted. */
export function readVariables(): readonly string[] {
  const files = publishedFiles(denoJson()).filter((file) => file.endsWith(".ts"));
  const names = files.flatMap((file) => [...readFileSync(join(ROOT, file), "utf8").matchAll(READ)])
    .flatMap(([, list = ""]) => [...list.matchAll(/\w+/g)].map(([name]) => name));
  return [...new Set(names)].sort();
}

/**
 * Every variable, those of the command line's options first.
 * @throws {Error} when the sources read one that is not described, or do not read one that is.
 */
export function variableTable(read: readonly string[] = readVariables()): string {
  const described = new Map([...optionVariables(), ...Object.entries(MEANINGS)]);
  const missing = read.find((name) => !described.has(name));
  if (missing !== undefined) {
    throw new Error(`the sources read the variable ${missing}: describe it in tasks/docs/variables.ts`);
  }
  const unread = [...described.keys()].find((name) => !read.includes(name));
  if (unread !== undefined) {
    throw new Error(`no source reads the variable ${unread}: take it out of tasks/docs/variables.ts`);
  }
  return table(["variable", "what it is"], [...described].map(([name, meaning]) => [code(name), meaning]));
}
