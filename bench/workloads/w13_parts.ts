// W13: the indispensable parts of W2, each alone and all together. The rest is what could be saved.

import type { BooleanEvaluationResponse } from "../../core/types.ts";
import type { Figure } from "../figures.ts";
import { entityIds } from "../flags.ts";
import { timeInTurns } from "../measure.ts";
import { PARTS } from "../parts.ts";
import { openFlipt } from "../subjects/flipt.ts";
import { moduleFor } from "../subjects/sources.ts";
import { booleanFlags, FLAG_KEY } from "./w02_boolean.ts";
import { severalProcesses, type Workload } from "./workload.ts";

/** A request of W2. */
interface Request {
  readonly flagKey: string;
  readonly entityId: string;
  readonly context: object;
}

/** Evaluates with the parts only. */
interface Target {
  readonly now: () => number;
  readonly timestamp: (millis: number) => string;
  readonly bucket: (entityId: string) => number;
  readonly keys: ReadonlyMap<string, string>;
  readonly answer: (request: Request) => BooleanEvaluationResponse;
}

/** The reasons of an entity beyond the threshold and within it. */
const REASONS = ["DEFAULT_EVALUATION_REASON", "MATCH_EVALUATION_REASON"] as const;

/** The call of each part, by title. */
const CALLS: Readonly<Record<string, string>> = {
  [PARTS.clock]: "target.timestamp(target.now())",
  [PARTS.checksum]: "target.bucket(request.entityId)",
  [PARTS.lookUp]: "target.keys.get(request.flagKey)",
  [PARTS.answerObject]: `({
    enabled: true,
    flagKey: request.flagKey,
    reason: "MATCH_EVALUATION_REASON",
    requestDurationMillis: 0,
    timestamp: "",
    segmentKeys: [],
  })`,
  [PARTS.together]: "target.answer(request)",
};

/** Assembles the parts from the portable engine's own modules. */
async function targetFor(percentage: number): Promise<Target> {
  const load = (path: string) => import(moduleFor("portable", path));
  const { timestamp } = await load("engines/timestamp.ts") as typeof import("../../engines/timestamp.ts");
  const { CRC_START, crcAppend, crcFinish, crcUpdate, suffixOf } = await load(
    "engines/rules/crc32.ts",
  ) as typeof import("../../engines/rules/crc32.ts");
  const { bucketOf } = await load(
    "engines/rules/buckets.ts",
  ) as typeof import("../../engines/rules/buckets.ts");
  const { isLess } = await load(
    "engines/portable/distributions.ts",
  ) as typeof import("../../engines/portable/distributions.ts");
  const { crc, shifts } = suffixOf(FLAG_KEY);
  const bucket = (entityId: string): number =>
    bucketOf(crcFinish(crcAppend(crcUpdate(CRC_START, entityId), crc, shifts)));
  const keys = new Map(booleanFlags().map(({ key }) => [key, key]));
  const answer = ({ flagKey, entityId }: Request): BooleanEvaluationResponse => {
    const within = isLess(bucket(entityId), percentage);
    return {
      enabled: within === 1,
      flagKey: keys.get(flagKey) ?? "",
      reason: REASONS[within],
      requestDurationMillis: 0,
      timestamp: timestamp(Date.now()),
      segmentKeys: [],
    };
  };
  return { now: Date.now, timestamp, bucket, keys, answer };
}

/** The workload. */
export const parts: Workload = {
  name: "W13",
  title: "where the time of W2 goes: its parts alone, and together without a check, a rollout or an engine",
  tasks: severalProcesses,
  async measure({ effort }): Promise<Figure[]> {
    const flags = booleanFlags();
    const client = await openFlipt("portable", flags, "boolean");
    const target = await targetFor(flags.find(({ key }) => key === FLAG_KEY)?.percentage ?? NaN);
    const requests = entityIds().map((entityId): Request => ({ flagKey: FLAG_KEY, entityId, context: {} }));
    const ask = new Function("target", "request", `return ${client.call};`) as (
      target: object,
      request: Request,
    ) => unknown;
    for (const request of requests) {
      const expected = client.agreement?.(ask(client.target, request));
      const actual = client.agreement?.(target.answer(request));
      if (actual !== expected) throw new Error(`the parts answer ${actual}, the client ${expected}`);
    }
    const timings = await timeInTurns([
      ...Object.entries(CALLS).map(([name, call]) => ({ name, opened: { target, call }, requests })),
      { name: PARTS.whole, opened: client, requests },
    ], effort);
    client.close();
    return timings.map(({ name, median: value, lower, upper }): Figure => ({
      workload: "W13",
      part: name,
      subject: "portable",
      unit: "ns",
      value,
      lower,
      upper,
    }));
  },
};
