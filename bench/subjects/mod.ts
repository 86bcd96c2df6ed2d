// All subjects by name.

import { openFlipt } from "./flipt.ts";
import type { Open, SubjectName } from "./subject.ts";

/** Gives each subject its flags; what a subject needs is loaded when it is asked for. */
export const OPEN: Readonly<Record<SubjectName, Open>> = {
  native: (flags, kind) => openFlipt("native", flags, kind),
  portable: (flags, kind) => openFlipt("portable", flags, kind),
  reference: (flags, kind) => openFlipt("reference", flags, kind),
  official: (flags, kind) => openFlipt("official", flags, kind),
  flagd: async (flags, kind) => (await import("./flagd.ts")).openFlagd(flags, kind),
  unleash: async (flags, kind) => (await import("./unleash.ts")).openUnleash(flags, kind),
  growthbook: async (flags, kind) => (await import("./growthbook.ts")).openGrowthbook(flags, kind),
};
