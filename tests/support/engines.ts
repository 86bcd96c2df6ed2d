// The engines that a test runs on, each with the client options that ask for it.

import type { EngineKind } from "../../engines/engine.ts";
import type { ClientOptions } from "../../src/options/client_options.ts";
import { ensureEngine } from "../../tasks/build_engine.ts";
import { referenceLibraryPath } from "../../tasks/reference_library.ts";

/** An engine under test. */
export interface TestedEngine {
  /** Its kind, for the test's name. */
  readonly kind: EngineKind;
  /** What to give `FliptClient.init`. */
  readonly options: Pick<ClientOptions, "engine" | "libraryPath">;
  /** False, or why it cannot be tested here: for the `skip` of a test. */
  readonly skip: false | string;
}

/** Every engine; one that cannot be had here says why, and its tests are skipped with that reason. */
export async function testedEngines(): Promise<readonly TestedEngine[]> {
  const library = await referenceLibraryPath().catch((error: Error) => error);
  const hasReference = !(library instanceof Error);
  return [
    {
      kind: "native",
      options: { engine: "native" },
      skip: ensureEngine() === undefined && "the native engine could not be built (no cargo?)",
    },
    { kind: "portable", options: { engine: "portable" }, skip: false },
    {
      kind: "flipt-engine-ffi",
      options: { engine: "flipt-engine-ffi", libraryPath: hasReference ? library : undefined },
      skip: hasReference ? false : `no reference library: ${library.message}`,
    },
  ];
}
