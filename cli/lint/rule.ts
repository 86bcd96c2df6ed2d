// The definition of a lint rule, its subject and its reports.

import { isBoolean } from "../../engines/document.ts";
import type {
  DocumentConstraint,
  DocumentDistribution,
  DocumentFlag,
  DocumentRollout,
  DocumentRule,
  DocumentSegment,
  FlagDocument,
} from "../../engines/document.ts";

/** The severity of a finding: an error makes a file invalid, a warning is a likely mistake, a note is information. */
export type Level = "error" | "warning" | "note";

/** A place in a flag state. Each member is within the one before. Numbers are indexes from 0. */
export interface Place {
  /** The key of a flag. */
  readonly flag?: string;
  /** The index of the flag, for a document with duplicate keys. @default the last one, which counts */
  readonly index?: number;
  /** The key of a variant of the flag. */
  readonly variant?: string;
  /** The index of a rule of the flag. */
  readonly rule?: number;
  /** The index of a rollout of the flag. */
  readonly rollout?: number;
  /** The index of a distribution of the rule. */
  readonly distribution?: number;
  /** The key of a segment of the rule or rollout or, without those, of the namespace. */
  readonly segment?: string;
  /** The index of a constraint of the segment. */
  readonly constraint?: number;
}

/** A report of a rule. */
export interface Report {
  /** The place. */
  readonly place: Place;
  /** The problem, and what to do about it. */
  readonly message: string;
  /** The severity. @default the rule's */
  readonly level?: Level;
  /** The different answers of servers and clients, and the value of the context for them. */
  readonly answers?: { readonly value?: string; readonly server: string; readonly clients: string };
}

/** A flag state to lint. */
export interface Subject {
  /** The document, as a server sends it. */
  readonly document: FlagDocument;
  /** The distinct segments and their places. */
  readonly segments: readonly PlacedSegment[];
  /** The additional information of a file; `undefined` for a document. */
  readonly declared: Declarations | undefined;
  /** The current time, in milliseconds since 1970. */
  readonly now: number;
}

/** A segment and its place. */
export interface PlacedSegment {
  /** The segment. */
  readonly segment: DocumentSegment;
  /** Its place. */
  readonly place: Place;
}

/** The information in a file that servers do not send. */
export interface Declarations {
  /** The keys of each flag's variants. */
  readonly variants: ReadonlyMap<string, readonly string[]>;
  /** The keys of the segments that flags name, also where a server leaves them out of the document. */
  readonly named: ReadonlySet<string>;
}

/** An example with a finding, as YAML: a constraint, members of a flag, a whole file, or a document. */
export interface LintExample {
  /** The part that the YAML is. */
  readonly of: "constraint" | "boolean flag" | "variant flag" | "file" | "document";
  /** The YAML. */
  readonly yaml: string;
}

/** A lint rule. */
export interface LintRule {
  /** The name of the rule, which is also its anchor in the documentation. */
  readonly id: string;
  /** The highest severity of its findings. */
  readonly level: Level;
  /** What it finds, as a phrase. */
  readonly finds: string;
  /** An example with a finding. */
  readonly example: LintExample;
  /** Checks a flag state. */
  check(subject: Subject): Iterable<Report>;
}

/** The page that documents the rules, as a path in the checkout. The anchors are the rules' names. */
export const LINT_PAGE = "docs/lint.md";

/** A rule of a flag and its place. */
export interface PlacedRule {
  /** The flag. */
  readonly flag: DocumentFlag;
  /** The rule. */
  readonly rule: DocumentRule;
  /** Its place. */
  readonly place: Place;
}

/** Returns the rules of all variant flags. */
export function rulesOf({ document }: Subject): PlacedRule[] {
  return document.flags.flatMap((flag, index) =>
    // Servers ignore the rules of boolean flags, as clients do.
    (isBoolean(flag) ? [] : flag.rules ?? []).map((rule, number) => ({
      flag,
      rule,
      place: { flag: flag.key, index, rule: number },
    }))
  );
}

/** Returns the rollouts of all boolean flags. */
export function rolloutsOf(
  { document }: Subject,
): { readonly flag: DocumentFlag; readonly rollout: DocumentRollout; readonly place: Place }[] {
  return document.flags.flatMap((flag, index) =>
    (flag.rollouts ?? []).map((rollout, number) => ({
      flag,
      rollout,
      place: { flag: flag.key, index, rollout: number },
    }))
  );
}

/** Returns the distributions of a rule and their places. */
export function distributionsOf(
  { rule, place }: PlacedRule,
): { readonly distribution: DocumentDistribution; readonly place: Place }[] {
  return rule.distributions.map((distribution, number) => ({
    distribution,
    place: { ...place, distribution: number },
  }));
}

/** Returns the constraints of all segments and their places. */
export function constraintsOf(
  { segments }: Subject,
): { readonly constraint: DocumentConstraint; readonly place: Place }[] {
  return segments.flatMap(({ segment, place }) =>
    segment.constraints.map((constraint, number) => ({
      constraint,
      place: { ...place, constraint: number },
    }))
  );
}
