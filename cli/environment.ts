// The environment's variables, as far as they may be read. Never prompts.

import { CACHE_VARIABLES } from "../ffi/cache_folder.ts";
import { REFERENCE_LIBRARY_VARIABLE } from "../engines/choice.ts";
import { readableEnvironment } from "../ffi/environment.ts";
import { authenticationOptions } from "./server_options.ts";
import { sourceOptions } from "./source_options.ts";

/** Those that say whether there are colours. */
const COLOUR_VARIABLES = ["FORCE_COLOR", "NO_COLOR", "TERM"] as const;

/** All variables; where Deno lets only some be read, those of them that mean something here. */
export function environmentOfCli(): Readonly<Record<string, string | undefined>> {
  return readableEnvironment([
    ...COLOUR_VARIABLES,
    ...CACHE_VARIABLES,
    REFERENCE_LIBRARY_VARIABLE,
    ...[sourceOptions, authenticationOptions].flatMap(({ options }) => Object.values(options))
      .flatMap(({ variable }) => variable ?? []),
  ]);
}
