// The titles of the parts of workloads. Goals and charts find figures by them.

const numberFormat = new Intl.NumberFormat("en-US");

/** The titles. */
export const PARTS = {
  /** W5 to W7: the evaluation of W1, timed in the same process. */
  baseline: "W1 beside it",
  batch: "batch of 10",
  single: "one evaluation",
  hit: "hit",
  miss: "miss",
  load: (megabytes: number): string => `${megabytes} MB`,
  idle: "nothing to do",
  gapLoad: "while loading",
  gapRefresh: "with a refresh a second",
  workersBefore: "no Worker has loaded",
  workersOne: "1 Worker has loaded",
  workersAll: "all Workers have loaded",
  perWorker: "per further Worker",
  noHook: "no hook",
  emptyHook: "a hook that does nothing",
  telemetryAlone: "telemetry, no SDK registered",
  telemetryMetrics: "telemetry, metrics",
  telemetrySpan: "telemetry, metrics and a recorded span",
  evaluateBoolean: "evaluateBoolean",
  isEnabled: "isEnabled",
  evaluateVariant: "evaluateVariant",
  variant: "variant",
  value: "value, parsed",
  valueChecked: "value, checked by a schema",
  loop: "an evaluation of each of 100 flags",
  evaluateAll: "evaluateAll of 100 flags",
  clock: "the clock, as text",
  checksum: "the checksum of the entity's id",
  lookUp: "finding the flag",
  answerObject: "building the answer",
  together: "these four together",
  whole: "the client's evaluation",
  flags: (count: number): string => `${numberFormat.format(count)} flags`,
  list: (length: number): string => `list of ${numberFormat.format(length)}`,
  rules: (count: number): string => `${numberFormat.format(count)} rules`,
} as const;
