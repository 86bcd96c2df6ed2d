// The answers of a server's evaluation API and of clients in one form, and whether two of them are the same.

import type { EvaluationReason } from "../../core/types.ts";

/** An answer, whoever gave it. */
export interface ComparedAnswer {
  /** The type of the flag; `error` where there is none of its key. */
  readonly type: "boolean" | "variant" | "error";
  /** Of a boolean flag. */
  readonly enabled?: boolean;
  /** Of a variant flag. */
  readonly match?: boolean;
  /** Of a variant flag; `""` for none. */
  readonly variantKey?: string;
  /** Of a variant flag; `""` for none. */
  readonly variantAttachment?: string;
  /** Of a variant flag, in no order: servers have none. Those of boolean flags are not told by every server. */
  readonly segmentKeys?: readonly string[];
  /** Why. */
  readonly reason: EvaluationReason | string;
}

/** A boolean flag's answer. */
export function booleanAnswer(enabled: boolean, reason: string): ComparedAnswer {
  return { type: "boolean", enabled, reason };
}

/** A variant flag's answer. */
export function variantAnswer(
  answer: Pick<Required<ComparedAnswer>, "match" | "variantKey" | "reason"> & {
    readonly segmentKeys?: readonly string[] | null;
    readonly variantAttachment?: string | null;
  },
): ComparedAnswer {
  const { match, variantKey, reason, segmentKeys, variantAttachment } = answer;
  return {
    type: "variant",
    match,
    variantKey,
    // A snapshot has the word null where the API has nothing.
    variantAttachment: variantAttachment === "null" ? "" : variantAttachment ?? "",
    segmentKeys: [...segmentKeys ?? []].sort(),
    reason,
  };
}

/** The members in which two answers are not the same. */
export function differingMembers(a: ComparedAnswer, b: ComparedAnswer): string[] {
  if (a.type !== b.type) return ["type"];
  const members = ["enabled", "match", "variantKey", "variantAttachment", "segmentKeys", "reason"] as const;
  return members.filter((member) => {
    if (member === "variantAttachment") return canonical(a[member]) !== canonical(b[member]);
    return JSON.stringify(a[member]) !== JSON.stringify(b[member]);
  });
}

/** JSON without the way it is written. */
function canonical(attachment: string | undefined): string {
  try {
    return JSON.stringify(sorted(JSON.parse(attachment ?? "")));
  } catch {
    return attachment ?? "";
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([name, inner]) => [name, sorted(inner)]),
  );
}

/** An answer in a line. */
export function answerText(
  { type, enabled, match, variantKey, segmentKeys, reason }: ComparedAnswer,
): string {
  if (type === "error") return `error (${reason})`;
  if (type === "boolean") return `${enabled} (${reason})`;
  const variant = variantKey === "" ? "no variant" : `variant ${JSON.stringify(variantKey)}`;
  const segments = (segmentKeys ?? []).length === 0 ? "" : `, segments ${segmentKeys?.join(", ")}`;
  return `${variant}, ${match ? "match" : "no match"} (${reason})${segments}`;
}
