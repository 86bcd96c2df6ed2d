// The lines of a client's log, each by itself: which event is which line of which level, and how many of a kind there are
// in a minute.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Logger, LogLevel } from "../../../src/options/logger.ts";
import { ClientLog } from "../../../src/state/client_log.ts";
import type { ClientStatus } from "../../../src/state/client_status.ts";
import { type ClientLogParts, LogLines } from "../../../src/state/log_lines.ts";
import { ManualClock } from "../../support/runtime.ts";

function statusOf(more: Partial<ClientStatus> = {}): ClientStatus {
  return {
    state: "ready",
    mode: "polling",
    lastUpdate: new Date(0),
    lastSuccess: new Date(0),
    lastError: undefined,
    digest: "d1",
    ageSeconds: 0,
    consecutiveFailures: 0,
    ...more,
  };
}

/** A logger that keeps its lines, and the parts of a log that writes to it. */
function setup(logLevel: LogLevel = "debug", listens = false) {
  const clock = new ManualClock();
  const all: string[] = [];
  const start = 'flipt: namespace "shop": ';
  const write = (level: string) => (line: string): void => {
    all.push(`${level} ${line.startsWith(start) ? line.slice(start.length) : line}`);
  };
  const logger: Logger = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
  const parts: ClientLogParts = {
    settings: { logger, logLevel, namespace: "shop" },
    clock,
    listeners: { has: (name) => name === "error" && listens },
  };
  return { clock, parts, logger, lines: new LogLines(parts), taken: () => all.splice(0) };
}

test("how a client started is a line", () => {
  const { lines, taken } = setup();
  const stored = { lastSuccess: undefined, lastError: undefined };
  lines.add("started", statusOf());
  lines.add("started", statusOf({ mode: "streaming", digest: undefined }));
  lines.add("started", statusOf(stored));
  lines.add("started", statusOf({ ...stored, lastError: new Error("no server") }));
  lines.add("started", statusOf({ ...stored, state: "failed" }));
  lines.add("started", statusOf({ ...stored, state: "failed", lastError: new Error("no server") }));
  assert.deepEqual(taken(), [
    "info started with flag state d1, polling",
    "info started with flag state without a digest, streaming",
    "info started from a stored flag state",
    "warn started from a stored flag state: no server",
    "error started without any flag state, so no flag is known",
    "error started without any flag state, so no flag is known: no server",
  ]);
});

test("a new state is a line with both digests, and a current one a line for debugging", () => {
  const { lines, taken } = setup();
  lines.add("started", statusOf());
  taken();
  lines.add("updated", statusOf({ digest: "d2" }));
  lines.add("updated", statusOf({ digest: undefined }));
  lines.add("updated", statusOf({ digest: "d3" }));
  lines.add("confirmed", statusOf({ digest: "d3" }));
  lines.add("confirmed", statusOf({ digest: undefined }));
  assert.deepEqual(taken(), [
    "info new flag state d2, was d1",
    "info new flag state without a digest, was d2",
    "info new flag state d3",
    "debug the flag state d3 is current",
    "debug the flag state without a digest is current",
  ]);
});

test("the first event of a log that saw no start tells the state, too", () => {
  const { lines, taken } = setup();
  lines.add("updated", statusOf());
  assert.deepEqual(taken(), ["info new flag state d1", "info ready"]);
});

test("a failure is a line with what keeps answering, and the end of failures another", () => {
  const { lines, taken, clock } = setup();
  lines.add("started", statusOf());
  taken();
  lines.add("failed", statusOf({ consecutiveFailures: 1, ageSeconds: 12.6 }), new Error("no server"));
  clock.advance(60_000);
  lines.add("failed", statusOf({ consecutiveFailures: 2, ageSeconds: 72.4 }), new Error("no server"));
  clock.advance(60_000);
  const none = { consecutiveFailures: 3, ageSeconds: undefined } as const;
  lines.add("failed", statusOf(none), new Error("no server"));
  clock.advance(60_000);
  lines.add("failed", statusOf({ ...none, state: "failed" }), new Error("no server"));
  lines.add("confirmed", statusOf());
  assert.deepEqual(taken(), [
    "warn no server; the flag state of 13 s ago keeps answering",
    "warn no server; the flag state of 72 s ago keeps answering (2 failures in a row)",
    "warn no server; a stored flag state keeps answering (3 failures in a row)",
    "warn no server (3 failures in a row)",
    "error evaluations have no flag state",
    "info fetching works again after 3 failures",
    "debug the flag state d1 is current",
    "info ready",
  ]);
  // One that only goes on failing, and one that closes, have not recovered.
  lines.add("changed", statusOf({ consecutiveFailures: 1 }));
  lines.add("changed", statusOf({ consecutiveFailures: 1 }));
  lines.add("changed", statusOf({ state: "closed" }));
  assert.deepEqual(taken(), ["debug closed"]);
});

test("another state or mode is a line, and none where it is the same", () => {
  const { lines, taken } = setup();
  lines.add("started", statusOf());
  taken();
  lines.add("changed", statusOf());
  assert.deepEqual(taken(), []);
  lines.add("changed", statusOf({ state: "stale", ageSeconds: 99.5 }));
  lines.add("changed", statusOf());
  lines.add("changed", statusOf({ state: "stale", ageSeconds: undefined }));
  lines.add("changed", statusOf({ state: "stale", mode: "streaming" }));
  lines.add("changed", statusOf({ state: "failed", mode: "streaming" }));
  assert.deepEqual(taken(), [
    "warn stale: the flag state has not been confirmed for 100 s",
    "info ready",
    "warn stale: the flag state has never been confirmed",
    "info the flag state is now kept up to date by streaming",
    "error evaluations have no flag state",
  ]);
});

test("failures are told of once a minute, anything else ten times, and the next line says how many were left out", () => {
  const { lines, taken, clock } = setup();
  lines.add("started", statusOf());
  taken();
  for (let n = 0; n < 4; n++) lines.add("failed", statusOf(), new Error("no server"));
  for (let n = 0; n < 13; n++) lines.add("confirmed", statusOf());
  const failed = "warn no server; the flag state of 0 s ago keeps answering";
  const current = "debug the flag state d1 is current";
  assert.deepEqual(taken(), [failed, ...Array(10).fill(current)]);
  clock.advance(59_999);
  lines.add("failed", statusOf(), new Error("no server"));
  assert.deepEqual(taken(), []);
  clock.advance(1);
  for (let n = 0; n < 2; n++) lines.add("failed", statusOf(), new Error("no server"));
  for (let n = 0; n < 11; n++) lines.add("confirmed", statusOf());
  assert.deepEqual(taken(), [
    `${failed} (4 such lines omitted)`,
    `${current} (3 such lines omitted)`,
    ...Array(9).fill(current),
  ]);
});

test("only lines of the level that is wanted and above are written", () => {
  const levels = ["debug", "info", "warn", "error"] as const;
  for (const [n, level] of levels.entries()) {
    const { lines, taken } = setup(level);
    for (const each of levels) lines.write(each, "line");
    assert.deepEqual(taken(), levels.slice(n).map((each) => `${each} line`));
  }
  const { lines, taken } = setup("off");
  for (const each of levels) lines.write(each, "line");
  assert.deepEqual(taken(), []);
});

test("without a logger the console has the lines, and a logger that fails stops nothing", async () => {
  const { parts } = setup();
  const { info } = console;
  const told: unknown[] = [];
  console.info = (line: unknown) => void told.push(line);
  try {
    new LogLines({ ...parts, settings: { ...parts.settings, logger: undefined } }).write("info", "line");
  } finally {
    console.info = info;
  }
  assert.deepEqual(told, ["line"]);
  const throwing = {
    info: () => assert.fail("it throws"),
    warn: () => Promise.reject(new Error("it rejects")),
  };
  const failing = new LogLines({
    ...parts,
    settings: { ...parts.settings, logger: throwing as unknown as Logger },
  });
  failing.write("info", "line");
  failing.write("warn", "line");
  await new Promise((resolve) => setTimeout(resolve));
});

/** Settles when the lines of a log are loaded and written. */
async function written(): Promise<void> {
  await import("../../../src/state/log_lines.ts");
  await new Promise((resolve) => setTimeout(resolve));
}

test("a log passes on what happens from the start on: before, whoever starts the client is told", async () => {
  const { parts, taken } = setup();
  const log = new ClientLog(parts);
  log.add("failed", statusOf(), new Error("no server"));
  log.add("updated", statusOf());
  log.add("started", statusOf());
  log.add("updated", statusOf({ digest: "d2" }));
  await written();
  assert.deepEqual(taken(), ["info started with flag state d1, polling", "info new flag state d2, was d1"]);
});

test("a log of errors passes on only what is not well", async () => {
  const { parts, taken } = setup("error");
  const log = new ClientLog(parts);
  log.add("started", statusOf());
  log.add("updated", statusOf({ digest: "d2" }));
  log.add("changed", statusOf({ state: "failed" }));
  log.add("changed", statusOf());
  log.add("failed", statusOf({ state: "failed" }), new Error("no server"));
  await written();
  assert.deepEqual(taken(), [
    "error evaluations have no flag state",
  ]);
  const unknown = setup("error");
  const early = new ClientLog(unknown.parts);
  early.add("started", statusOf({ state: "failed", lastSuccess: undefined }));
  await written();
  assert.deepEqual(unknown.taken(), ["error started without any flag state, so no flag is known"]);
  const later = setup("error");
  const failing = new ClientLog(later.parts);
  failing.add("started", statusOf());
  failing.add("changed", statusOf({ state: "failed" }));
  await written();
  assert.deepEqual(later.taken(), ["error evaluations have no flag state"]);
});

test("an error is no line where somebody listens, unless there is a logger of the user's", async () => {
  for (const [listens, hasLogger, count] of [[true, false, 0], [false, false, 1], [true, true, 1]] as const) {
    const { parts, logger, taken } = setup("warn", listens);
    const [{ warn }, settings] = [
      console,
      hasLogger ? parts.settings : { ...parts.settings, logger: undefined },
    ];
    const log = new ClientLog({ ...parts, settings });
    console.warn = logger.warn.bind(logger);
    try {
      log.add("started", statusOf());
      log.add("failed", statusOf(), new Error("no server"));
      await written();
    } finally {
      console.warn = warn;
    }
    assert.equal(taken().length, count, `${listens}, ${hasLogger}`);
  }
});

test("what is no error goes to the console also where somebody listens to errors", async () => {
  const { parts, logger, taken } = setup("info", true);
  const { info } = console;
  console.info = logger.info.bind(logger);
  try {
    new ClientLog({ ...parts, settings: { ...parts.settings, logger: undefined } }).add(
      "started",
      statusOf(),
    );
    await written();
  } finally {
    console.info = info;
  }
  assert.deepEqual(taken(), ["info started with flag state d1, polling"]);
});

test("a warning goes to the logger, or with its errors to the console", async () => {
  const { parts, taken } = setup("warn");
  const error = new Error("broken");
  new ClientLog(parts).warn("trouble:", error, "more");
  new ClientLog({ ...parts, settings: { ...parts.settings, logLevel: "error" } }).warn("unwanted");
  await written();
  assert.deepEqual(taken(), ["warn trouble: Error: broken more"]);
  const { warn } = console;
  const told: unknown[][] = [];
  console.warn = (...line: unknown[]) => void told.push(line);
  try {
    new ClientLog({ ...parts, settings: { ...parts.settings, logger: undefined } }).warn("trouble:", error);
    const silent = { ...parts.settings, logger: undefined, logLevel: "off" } as const;
    new ClientLog({ ...parts, settings: silent }).warn("trouble:", error);
  } finally {
    console.warn = warn;
  }
  assert.deepEqual(told, [["trouble:", error]]);
});

test("a new flag state is told from the one before, also where the client's state changes with it", () => {
  const { lines, taken } = setup("info");
  lines.add("started", statusOf());
  lines.add("changed", statusOf({ state: "stale", ageSeconds: 9 }));
  lines.add("changed", statusOf({ digest: "d2" }));
  lines.add("updated", statusOf({ digest: "d2" }));
  lines.add("updated", statusOf({ digest: "d3" }));
  assert.deepEqual(taken().filter((line) => line.includes("new flag state")), [
    "info new flag state d2, was d1",
    "info new flag state d3, was d2",
  ]);
});
