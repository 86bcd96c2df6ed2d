// A common form for the answers of a server's evaluation API and of clients, and their comparison.

import type { EvaluationReason } from "../../core/types.ts";

/** An answer of a server or a client. */
export interface ComparedAnswer {
  /** The type of the flag; `error` when the flag does not exist. */
  readonly type: "boolean" | "variant" | "error";
  /** The value of a boolean flag. */
  readonly enabled?: boolean;
  /** Whether a rule of a variant flag matched. */
  readonly match?: boolean;
  /** The key of the variant; `""` for none. */
  readonly variantKey?: string;
  /** The attachment of the variant; `""` for none. */
  readonly variantAttachment?: string;
  /** The matched segments of a variant flag, sorted. Not every server reports those of boolean flags. */
  readonly segmentKeys?: readonly string[];
  /** The reason. */
  readonly reason: EvaluationReason | string;
}

/** Returns the answer of a boolean flag. */
export function booleanAnswer(enabled: boolean, reason: string): ComparedAnswer {
  return { type: "boolean", enabled, reason };
}

/** Returns the answer of a variant flag. */
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
    // A snapshot contains "null" where the API has no attachment.
    variantAttachment: variantAttachment === "null" ? "" : variantAttachment ?? "",
    segmentKeys: [...segmentKeys ?? []].sort(),
    reason,
  };
}

/** Returns the members that differ between two answers. */
export function differingMembers(a: ComparedAnswer, b: ComparedAnswer): string[] {
  if (a.type !== b.type) return ["type"];
  const members = ["enabled", "match", "variantKey", "variantAttachment", "segmentKeys", "reason"] as const;
  return members.filter((member) => {
    if (member === "variantAttachment") return canonical(a[member]) !== canonical(b[member]);
    return JSON.stringify(a[member]) !== JSON.stringify(b[member]);
  });
}

/** Returns JSON in canonical form, with sorted members and without whitespace. */
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

/** Returns an answer on one line. */
export function answerText(
  { type, enabled, match, variantKey, segmentKeys, reason }: ComparedAnswer,
): string {
  if (type === "error") return `error (${reason})`;
  if (type === "boolean") return `${enabled} (${reason})`;
  const variant = variantKey === "" ? "no variant" : `variant ${JSON.stringify(variantKey)}`;
  const segments = (segmentKeys ?? []).length === 0 ? "" : `, segments ${segmentKeys?.join(", ")}`;
  return `${variant}, ${match ? "match" : "no match"} (${reason})${segments}`;
}
