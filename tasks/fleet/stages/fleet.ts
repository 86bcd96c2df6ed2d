// A fleet for real, small and large: what the server is asked must be the same.

import { missingRedis } from "../../../tests/support/redis.ts";
import { runFleet } from "../fleet_run.ts";
import type { Stage } from "../stage.ts";

function fleetOf(processes: number): Stage {
  return {
    name: `fleet of ${processes}`,
    runtimes: ["deno"],
    missing: () => missingRedis() || undefined,
    run: (tell) => runFleet({ processes, changes: 120, tell }),
  };
}

/** The fleets, in the order of their sizes. */
export const fleets: readonly Stage[] = [15, 150].map(fleetOf);
