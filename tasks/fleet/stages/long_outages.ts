// Outages of ten minutes: of Flipt, of Redis and of both, each with a fleet of its own, all at the same time.

import { missingRedis } from "../../../tests/support/redis.ts";
import { OUTAGES, runOutage } from "../outage_run.ts";
import type { Stage } from "../stage.ts";

/** The outages. They are run together, since nearly all of their time is waiting. */
export const longOutages: Stage = {
  name: "long outages",
  runtimes: ["deno"],
  missing: () => missingRedis() || undefined,
  run: async (tell, { minutes }) => {
    const runs = OUTAGES.map((outage) =>
      runOutage({ outage, minutes, tell: (line) => tell(`${outage.name} down: ${line}`) })
    );
    const failures = (await Promise.allSettled(runs)).filter((result) => result.status === "rejected");
    if (failures.length > 0) throw new AggregateError(failures.map(({ reason }) => reason));
  },
};
