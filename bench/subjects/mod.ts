// All subjects by name.

import { openFlipt } from "./flipt.ts";
import type { OpenFunction, ProductName } from "./subject.ts";

/** Opens a subject with flags. Its modules are loaded on demand. */
export const OPENERS: Readonly<Record<ProductName, OpenFunction>> = {
  native: (flags, kind) => openFlipt("native", flags, kind),
  portable: (flags, kind) => openFlipt("portable", flags, kind),
  reference: (flags, kind) => openFlipt("reference", flags, kind),
  official: (flags, kind) => openFlipt("official", flags, kind),
  flagd: async (flags, kind) => (await import("./flagd.ts")).openFlagd(flags, kind),
  unleash: async (flags, kind) => (await import("./unleash.ts")).openUnleash(flags, kind),
  launchdarkly: async (flags, kind) => (await import("./launchdarkly.ts")).openLaunchDarkly(flags, kind),
  growthbook: async (flags, kind) => (await import("./growthbook.ts")).openGrowthbook(flags, kind),
};
