// All stages of the fleet's tests, in the order in which they are run.

import type { Stage } from "../stage.ts";
import { redisCluster } from "./redis_cluster.ts";
import { redisFaults } from "./redis_faults.ts";
import { relayFaults } from "./redis_relay_faults.ts";
import { redisSentinel } from "./redis_sentinel.ts";

/** All stages. */
export const STAGES: readonly Stage[] = [redisFaults, redisSentinel, redisCluster, relayFaults];
