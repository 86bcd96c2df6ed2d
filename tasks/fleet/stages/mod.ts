// All stages of the fleet's tests, in the order in which they are run.

import type { Stage } from "../stage.ts";
import { redisFaults } from "./redis_faults.ts";

/** All stages. */
export const STAGES: readonly Stage[] = [redisFaults];
