// What a rule of lint is, what it looks at, and what it finds.

import type {
  DocumentConstraint,
  DocumentDistribution,
  DocumentFlag,
  DocumentRollout,
  DocumentRule,
  DocumentSegment,
  FlagDocument,
} from "../../engines/document.ts";

/** How bad a finding is: an error is refused by every reader, a warning is surely not meant, a note is good to know. */
export type Level = "error" | "warning" | "note";

/** Where something is in a flag state: what is named lies in what is named before it. Numbers count from 0. */
export interface Place {
  /** The key of a flag. */
  readonly flag?: string;
  /** Which of the flags with that key, where a document has several. @default the last, which is the one that counts */
  readonly index?: number;
  /** The key of one of its variants. */
  readonly variant?: string;
  /** One of its rules. */
  readonly rule?: number;
  /** One of its rollouts. */
  readonly rollout?: number;
  /** One of the rule's distributions. */
  readonly distribution?: number;
  /** The key of a segment: of the rule or rollout, or where none is named of the namespace. */
  readonly segment?: string;
  /** One of its constraints. */
  readonly constraint?: number;
}

/** What a rule finds. */
export interface Report {
  /** Where. */
  readonly place: Place;
  /** What is found, and what to do about it, in a sentence or two. */
  readonly message: string;
  /** How bad it is, where that differs from find to find. @default the rule's */
  readonly level?: Level;
  /** Where both part: a value of the context, and what it comes to. */
  readonly answers?: { readonly value?: string; readonly server: string; readonly clients: string };
}

/** A flag state that is looked at. */
export interface Subject {
  /** The flags, as servers send them. */
  readonly document: FlagDocument;
  /** Each segment once, with every constraint's place. */
  readonly segments: readonly PlacedSegment[];
  /** What only a file tells; `undefined` for what a server sends. */
  readonly declared: Declarations | undefined;
  /** The time, in milliseconds since 1970. */
  readonly now: number;
}

/** A segment, and where it is. */
export interface PlacedSegment {
  /** The segment. */
  readonly segment: DocumentSegment;
  /** Where it is. */
  readonly place: Place;
}

/** What a file says that servers do not send. */
export interface Declarations {
  /** The keys of each flag's variants. */
  readonly variants: ReadonlyMap<string, readonly string[]>;
}

/** What shows what a rule finds, as YAML: a constraint, members of a flag, a whole file, or a document of a server. */
export interface LintExample {
  /** What it is. */
  readonly of: "constraint" | "boolean flag" | "variant flag" | "file" | "document";
  /** The YAML. */
  readonly yaml: string;
}

/** A rule of lint. */
export interface LintRule {
  /** The name of the rule, and its anchor on the page of lint. */
  readonly id: string;
  /** How bad what it finds is, the worst of it. */
  readonly level: Level;
  /** What it finds, in a sentence. */
  readonly finds: string;
  /** What it finds something in. */
  readonly example: LintExample;
  /** Looks. */
  check(subject: Subject): Iterable<Report>;
}

/** The page with the rules, from the folder of the checkout; the id of a rule is its anchor. */
export const LINT_PAGE = "docs/lint.md";

/** A rule of a flag, and where it is. */
export interface PlacedRule {
  /** The flag. */
  readonly flag: DocumentFlag;
  /** The rule. */
  readonly rule: DocumentRule;
  /** Where it is. */
  readonly place: Place;
}

/** The rules of all variant flags. */
export function rulesOf({ document }: Subject): PlacedRule[] {
  return document.flags.flatMap((flag, index) =>
    (flag.rules ?? []).map((rule, number) => ({ flag, rule, place: { flag: flag.key, index, rule: number } }))
  );
}

/** The rollouts of all boolean flags. */
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

/** The distributions of a rule, and where each is. */
export function distributionsOf(
  { rule, place }: PlacedRule,
): { readonly distribution: DocumentDistribution; readonly place: Place }[] {
  return rule.distributions.map((distribution, number) => ({
    distribution,
    place: { ...place, distribution: number },
  }));
}

/** The constraints of all segments, and where each is. */
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
