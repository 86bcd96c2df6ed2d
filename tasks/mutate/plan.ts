// What is mutated, and which tests may notice: those of the mirrored files first, then those that see it from afar.

/** Files of TypeScript that are mutated together, against the same tests. */
export interface Part {
  /** The files, from the folder of the checkout. */
  readonly files: readonly string[];
  /** The tests, by their paths below `tests/` without the ending: the cheapest first, since the first that fails ends it. */
  readonly tests: readonly string[];
}

function files(folder: string, ...names: string[]): string[] {
  return names.map((name) => `${folder}/${name}.ts`);
}

const PORTABLE: readonly string[] = [
  "engines/portable/cases",
  "engines/portable/layout",
  "engines/portable/engine",
  "engines/portable/reading",
  "engines/portable/shared_reading",
];

const SYNC: readonly string[] = ["src/sync/retries", "src/sync/stream_digest", "src/sync/polling"];

/** What decides answers comes first. */
export const PARTS: readonly Part[] = [
  {
    files: files(
      "engines/portable",
      "answer",
      "comparison",
      "conditions",
      "constraint",
      "distributions",
      "flag",
      "layout",
      "property",
    ),
    tests: PORTABLE,
  },
  {
    files: [
      ...files("core", "bytes"),
      ...files("engines", "collected"),
      ...files("engines/portable", "mod"),
    ],
    tests: [
      ...["engines/portable/state", "engines/portable/documents"],
      ...PORTABLE,
      "engines/portable/large_documents",
    ],
  },
  {
    files: files("engines/portable", "state"),
    tests: ["engines/portable/state", ...PORTABLE, "engines/portable/documents"],
  },
  // The other files there say what servers would answer, not what the engines do.
  {
    files: files("engines/rules", "buckets", "context", "crc32", "lists", "numbers", "operators", "times"),
    tests: ["engines/rules/buckets", "engines/rules/operators", "engines/rules/reading", ...PORTABLE],
  },
  {
    files: files("src/state", "client_log", "log_lines"),
    tests: ["src/state/log_lines", "src/state/logging"],
  },
  {
    files: files(
      "src/state",
      "compiling",
      "default_reports",
      "fingerprint",
      "snapshot_text",
      "unavailable_states",
    ),
    tests: ["src/state/parts"],
  },
  {
    files: files("src/state", "state_holder", "status"),
    tests: ["src/state/status_keeper", "src/state/status"],
  },
  {
    files: files("src/state", "client_status", "events"),
    tests: ["src/state/parts", "src/state/status", "src/state/error_strategies"],
  },
  {
    files: files("src/state", "store_keeper", "store_opening"),
    tests: ["src/state/store_keeper", "src/state/slow_store", "src/state/store"],
  },
  {
    files: files("src/sync", "backoff", "delay", "failed_attempts"),
    tests: ["src/sync/waits"],
  },
  {
    files: files("src/sync", "polling", "updater", "watched_source"),
    tests: ["src/sync/cycles", "src/sync/intervals", "src/sync/retries", "src/sync/polling"],
  },
  {
    files: files("src/sync", "pushed_states", "state_updates"),
    tests: ["src/sync/state_updates", "src/sync/waits"],
  },
  { files: files("src/sync", "fetch_attempt"), tests: ["src/sync/fetch_attempt", ...SYNC] },
  { files: files("src/sync", "pushed_documents"), tests: ["src/sync/pushed_documents"] },
  {
    files: files("src/sync", "streaming"),
    tests: [
      "src/sync/stream_digest",
      "src/sync/stream_supervision",
      "src/sync/streaming",
      "src/sync/stream_faults",
      "src/sync/stream_damage",
    ],
  },
];

const CRATE = "engines/native/src";

/** The tests of the crate beside those in the files themselves, for what they alone can see. */
const CRATE_TESTS: Readonly<Record<string, readonly string[]>> = {
  abi: ["calls"],
  channel: ["calls"],
  loader: ["calls", "loader"],
  thread: ["calls", "loader"],
  worker: ["calls", "loader"],
};

/** The files of the crate that are mutated, the evaluator first. */
export const CRATE_FILES: readonly string[] = [
  "evaluate",
  "constraint",
  "distribution",
  "compile",
  "list",
  "request",
  "state",
  "text",
  "describe",
  "definition",
  "document",
  "content",
  "json",
  "limits",
  "reading",
  "snapshot/read",
  "snapshot/write",
  "handle",
  "hash",
  "thread",
  "abi",
  "channel",
  "loader",
  "worker",
  "clock",
  "code",
  "pages",
  "lock",
  "os",
  "panics",
].map((name) => `${CRATE}/${name}.rs`);

/** The parameters of `cargo test` for a file of the crate. */
export function crateTests(file: string): string[] {
  const name = file.slice(CRATE.length + 1).replace(/\.rs$/, "");
  return ["--lib", ...(CRATE_TESTS[name] ?? []).map((test) => `--test=${test}`)];
}

/** All files that are mutated. */
export const PLANNED: readonly string[] = [...PARTS.flatMap(({ files }) => files), ...CRATE_FILES];
