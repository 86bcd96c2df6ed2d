// All subjects by name.

import { openFlipt } from "./flipt.ts";
import type { OpenFunction, SubjectName } from "./subject.ts";

/** Opens a subject with flags. Its modules are loaded on demand. */
export const OPENERS: Readonly<Record<SubjectName, OpenFunction>> = {
  native: (flags, kind) => openFlipt("native", flags, kind),
  portable: (flags, kind) => openFlipt("portable", flags, kind),
  reference: (flags, kind) => openFlipt("reference", flags, kind),
  official: (flags, kind) => openFlipt("official", flags, kind),
  flagd: async (flags, kind) => (await import("./flagd.ts")).openFlagd(flags, kind),
  unleash: async (flags, kind) => (await import("./unleash.ts")).openUnleash(flags, kind),
  growthbook: async (flags, kind) => (await import("./growthbook.ts")).openGrowthbook(flags, kind),
};
