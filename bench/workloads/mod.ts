// All workloads.

import { variant } from "./w01_variant.ts";
import { boolean } from "./w02_boolean.ts";
import { batch } from "./w03_batch.ts";
import { list } from "./w04_list.ts";
import { manyFlags } from "./w05_many_flags.ts";
import { wideContext } from "./w06_wide_context.ts";
import { beyondAscii } from "./w07_beyond_ascii.ts";
import { load } from "./w08_load.ts";
import { gap } from "./w09_gap.ts";
import { workers } from "./w10_workers.ts";
import { size } from "./w11_size.ts";
import { telemetry } from "./w12_telemetry.ts";
import { parts } from "./w13_parts.ts";
import { coldStart } from "./w14_cold_start.ts";
import { service, serviceBatch } from "./w15_service.ts";
import { openFeature } from "./w17_openfeature.ts";
import { values } from "./w18_values.ts";
import type { Workload } from "./workload.ts";

/** The workloads, in the order of the tables. */
export const ALL: readonly Workload[] = [
  variant,
  boolean,
  batch,
  list,
  manyFlags,
  wideContext,
  beyondAscii,
  load,
  gap,
  workers,
  size,
  telemetry,
  parts,
  coldStart,
  service,
  serviceBatch,
  openFeature,
  values,
];
