// All stages of the fleet's tests, in the order in which they are run.

import type { Stage } from "../stage.ts";
import { fleets } from "./fleet.ts";
import { relayHost, snapshotHost } from "./hosts.ts";
import { longOutages } from "./long_outages.ts";
import { redisCluster } from "./redis_cluster.ts";
import { redisColdStart } from "./redis_cold_start.ts";
import { redisDiskFull } from "./redis_disk_full.ts";
import { redisFaults } from "./redis_faults.ts";
import { redisLostWrites } from "./redis_lost_writes.ts";
import { relayFaults } from "./redis_relay_faults.ts";
import { redisSentinel } from "./redis_sentinel.ts";
import { redisSizes } from "./redis_sizes.ts";

/** All stages. */
export const STAGES: readonly Stage[] = [
  relayHost,
  snapshotHost,
  redisFaults,
  redisLostWrites,
  redisSentinel,
  redisCluster,
  redisDiskFull,
  redisSizes,
  relayFaults,
  redisColdStart,
  ...fleets,
  longOutages,
];

/** The stages that are called so, or whose names contain one of the parts; all without any. */
export function stagesOf(parts: readonly string[]): Stage[] {
  const isMeant = (name: string, part: string): boolean =>
    STAGES.some((stage) => stage.name === part) ? name === part : name.includes(part);
  return STAGES.filter(({ name }) => parts.length === 0 || parts.some((part) => isMeant(name, part)));
}
