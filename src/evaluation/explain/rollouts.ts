// Explains the rollouts of a boolean flag, and which of them decides.

import type { DocumentFlag, DocumentRollout } from "../../../engines/document.ts";
import type { ExplainedBucket, ExplainedRollout, ExplainedStep } from "./explanation.ts";
import { explainSegments, step, type TextOf } from "./segments.ts";

/** Explains rollouts. */
export function explainRollouts(
  flag: DocumentFlag,
  textOf: TextOf,
  bucket: ExplainedBucket,
): ExplainedRollout[] {
  let stop: string | undefined;
  return (flag.rollouts ?? []).map((source, i) => {
    const rollout = explainRollout(source, i + 1, textOf, bucket, stop);
    if (rollout.status === "matched") stop = `rollout ${i + 1} decided`;
    return rollout;
  });
}

function explainRollout(
  { threshold, segment }: DocumentRollout,
  number: number,
  textOf: TextOf,
  bucket: ExplainedBucket,
  stop: string | undefined,
): ExplainedRollout {
  const unreached = stop === undefined ? undefined : step("not reached", stop);
  if (threshold) {
    const { percentage, value } = threshold;
    return { kind: "threshold", number, ...(unreached ?? compared(percentage, bucket)), percentage, value };
  }
  if (segment) {
    const { segments, segmentOperator, value } = segment;
    return { kind: "segment", number, ...explainSegments(segments, segmentOperator, textOf, stop), value };
  }
  return {
    kind: "empty",
    number,
    ...(unreached ?? step("not matched", "it has neither a threshold nor segments")),
  };
}

function compared(percentage: number, { bucket, modulus }: ExplainedBucket): ExplainedStep {
  return bucket < Math.fround(percentage)
    ? step("matched", `bucket ${bucket} of ${modulus} is below ${percentage}`)
    : step("not matched", `bucket ${bucket} of ${modulus} is not below ${percentage}`);
}

/** What decided, in one sentence. */
export function concludeRollouts(flag: DocumentFlag, rollouts: readonly ExplainedRollout[]): string {
  const value = flag.enabled ? "enabled" : "disabled";
  if (rollouts.length === 0) return `the flag has no rollouts and is ${value}`;
  for (const rollout of rollouts) {
    if (rollout.status === "matched" && rollout.kind !== "empty") {
      return `rollout ${rollout.number} matches and gives ${rollout.value}`;
    }
  }
  return `no rollout matches, and the flag is ${value}`;
}
