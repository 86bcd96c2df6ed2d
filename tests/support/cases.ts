// The named cases: documents, requests and the answers that the reference library gave, from fixtures/cases.json.

import { readFileSync } from "node:fs";
import type { Answer } from "./compare.ts";

/** A request of a named case, with its answer. */
export interface NamedRequest {
  /** Which of the two evaluations. */
  readonly kind: "variant" | "boolean";
  /** The key of the flag. */
  readonly flagKey: string;
  /** The entity. */
  readonly entityId: string;
  /** The context. */
  readonly context: Readonly<Record<string, string>>;
  /** What the reference library answers. */
  readonly answer: Answer;
}

/** A document whose answers are known. */
export interface NamedCase {
  /** What the case shows, as a sentence. */
  readonly name: string;
  /** The document's JSON text. */
  readonly document: string;
  /** The requests. */
  readonly requests: readonly NamedRequest[];
}

/** Type, operator, bound, the value of the context, and whether the constraint holds. */
type ConstraintRow = readonly [type: string, operator: string, bound: string, value: string, holds: boolean];

interface CasesFile {
  readonly constraints: readonly ConstraintRow[];
  readonly documents: readonly { name: string; document: object; requests: readonly NamedRequest[] }[];
}

/** Every named case; the constraints of one type are one case. */
export function namedCases(): NamedCase[] {
  const url = new URL("../fixtures/cases.json", import.meta.url);
  const { constraints, documents } = JSON.parse(readFileSync(url, "utf8")) as CasesFile;
  return [
    ...Object.entries(Object.groupBy(constraints, ([type]) => type)).map(([type, rows]) =>
      constraintCase(type, rows ?? [])
    ),
    ...documents.map((each) => ({ ...each, document: JSON.stringify(each.document) })),
  ];
}

/** One flag a row, which matches when its only constraint holds. */
function constraintCase(type: string, rows: readonly ConstraintRow[]): NamedCase {
  const flags = rows.map(([, operator, value], i) => ({
    key: `row-${i}`,
    name: "one constraint",
    type: "VARIANT_FLAG_TYPE",
    enabled: true,
    rules: [{
      segments: [{
        key: "s",
        matchType: "ALL_SEGMENT_MATCH_TYPE",
        constraints: [{ type: `${type}_CONSTRAINT_COMPARISON_TYPE`, property: "p", operator, value }],
      }],
      segmentOperator: "OR_SEGMENT_OPERATOR",
      distributions: [{ variantKey: "v", rollout: 100 }],
    }],
  }));
  return {
    name: `constraints of the type ${JSON.stringify(type)} hold as in the reference`,
    document: JSON.stringify({ namespace: { key: "default" }, flags }),
    requests: rows.map(([, , , value, holds], i) => ({
      kind: "variant",
      flagKey: `row-${i}`,
      entityId: "e",
      context: { p: value },
      answer: {
        flagKey: `row-${i}`,
        match: holds,
        reason: holds ? "MATCH_EVALUATION_REASON" : "UNKNOWN_EVALUATION_REASON",
        segmentKeys: holds ? ["s"] : [],
        variantKey: holds ? "v" : "",
      },
    })),
  };
}
