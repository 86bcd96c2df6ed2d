// Explains the rules of a variant flag, and which of them decides.

import type { DocumentFlag } from "../../../engines/document.ts";
import { quote } from "../../../core/describe.ts";
import { explainDistributions } from "./distribution.ts";
import type { ExplainedBucket, ExplainedRule } from "./explanation.ts";
import { explainSegments, type TextOf } from "./segments.ts";

/** Explains rules, the first that matches with the variant that the bucket gets. */
export function explainRules(flag: DocumentFlag, textOf: TextOf, bucket: number): ExplainedRule[] {
  let stop = flag.enabled ? undefined : "the flag is disabled";
  return (flag.rules ?? []).map((rule, i): ExplainedRule => {
    const segments = explainSegments(rule.segments ?? [], rule.segmentOperator, textOf, stop);
    const matched = segments.status === "matched";
    if (matched) stop = `rule ${i + 1} decided`;
    const distributions = explainDistributions(rule.distributions, matched ? bucket : undefined);
    return { number: i + 1, ...segments, distributions };
  });
}

/** What decided, in one sentence. */
export function concludeRules(
  flag: DocumentFlag,
  rules: readonly ExplainedRule[],
  { bucket, modulus }: ExplainedBucket,
): string {
  const variant = flag.defaultVariant;
  const otherwise = variant ? `the default variant is ${quote(variant.key)}` : "there is no default variant";
  if (!flag.enabled) return `the flag is disabled, and ${otherwise}`;
  const rule = rules.find(({ status }) => status === "matched");
  if (rule === undefined) {
    return `${rules.length === 0 ? "the flag has no rules" : "no rule matches"}, and ${otherwise}`;
  }
  const hit = rule.distributions.find((distribution) => distribution.hit);
  return hit === undefined
    ? `rule ${rule.number} matches but has no variant, and ${otherwise}`
    : `rule ${rule.number} matches, and its bucket ${bucket} of ${modulus} gets ${quote(hit.variantKey)}`;
}
