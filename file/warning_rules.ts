// The table of warning rules: what servers accept in features files, but is most likely a mistake.

/** A description of each rule. */
export const WARNING_RULES = {
  "ignored-member": "A boolean flag has rules or variants, which are ignored.",
  "unquoted-version": "The version is a number instead of a string.",
  "unquoted-date": "A server turns an unquoted date into a string of another format.",
  "empty-file": "A file is empty.",
  "namespace-without-key": "A namespace has no key, so that no client can request it.",
  "distribution-sum": "The rollouts of a rule's distributions add up to more than 100.",
  "threshold-range": "The percentage of a threshold is below 0 or above 100.",
  "no-segment": "A rule or rollout has no segment.",
  "empty-rollout": "A rollout has neither a threshold nor a segment.",
  "duplicate": "Something is declared twice, and only one declaration is used.",
  "never-matches": "A constraint never matches in clients.",
  "always-matches": "A constraint matches every value in clients.",
  "segment-left-out":
    "A segment is declared in an earlier document, and a v2 server omits it from what clients receive.",
  "unknown-member": "An index file has a member that servers ignore.",
} as const;

/** The name of a rule. */
export type WarningRule = keyof typeof WARNING_RULES;
