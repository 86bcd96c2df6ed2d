// The environment variables of the process, as far as it may read them. Never prompts for a permission.

import { CACHE_VARIABLES } from "../ffi/cache_folder.ts";
import { REFERENCE_LIBRARY_VARIABLE } from "../engines/choice.ts";
import { readableEnvironment } from "../ffi/environment.ts";
import { AUTHENTICATION_OPTIONS } from "./server_options.ts";
import { SOURCE_OPTIONS } from "./source_options.ts";

/** The variables that switch colours on or off. */
const COLOUR_VARIABLES = ["FORCE_COLOR", "NO_COLOR", "TERM"] as const;

/** Returns all environment variables or, under Deno's permissions, the readable ones that the command line uses. */
export function environmentOfCli(): Readonly<Record<string, string | undefined>> {
  return readableEnvironment([
    ...COLOUR_VARIABLES,
    ...CACHE_VARIABLES,
    REFERENCE_LIBRARY_VARIABLE,
    ...[SOURCE_OPTIONS, AUTHENTICATION_OPTIONS].flatMap(({ options }) => Object.values(options))
      .flatMap(({ variable }) => variable ?? []),
  ]);
}
