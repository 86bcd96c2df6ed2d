// The environment's variables, as far as they may be read. Never prompts.

import process from "node:process";
import { CACHE_VARIABLES } from "../ffi/cache_folder.ts";
import { REFERENCE_LIBRARY_VARIABLE } from "../engines/choice.ts";
import { denoGlobal } from "../ffi/runtime.ts";
import { authenticationOptions } from "./server_options.ts";
import { sourceOptions } from "./source_options.ts";

/** Those that say whether there are colours. */
const COLOUR_VARIABLES = ["FORCE_COLOR", "NO_COLOR", "TERM"] as const;

/** All variables; where Deno lets only some be read, those of them that mean something here. */
export function readableEnvironment(): Readonly<Record<string, string | undefined>> {
  const deno = denoGlobal();
  if (deno === undefined) return process.env;
  const mayRead = (variable?: string): boolean =>
    deno.permissions.querySync({ name: "env", variable }).state === "granted";
  if (mayRead()) return process.env;
  const names = [
    ...COLOUR_VARIABLES,
    ...CACHE_VARIABLES,
    REFERENCE_LIBRARY_VARIABLE,
    ...[sourceOptions, authenticationOptions].flatMap(({ options }) => Object.values(options))
      .flatMap(({ variable }) => variable ?? []),
  ];
  return Object.fromEntries(names.filter((name) => mayRead(name)).map((name) => [name, deno.env.get(name)]));
}
