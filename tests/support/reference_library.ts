// The reference library, for the tests of its binding.

import process from "node:process";
import { ensureReferenceLibrary } from "../../tasks/reference_library.ts";

/** Where it is, or why there is none. */
export const library: { readonly path: string; readonly missing: false | string } = findLibrary();

function findLibrary(): { readonly path: string; readonly missing: false | string } {
  try {
    return { path: process.env["FLIPT_ENGINE_PATH"] || ensureReferenceLibrary(), missing: false };
  } catch (error) {
    return { path: "", missing: (error as Error).message };
  }
}
