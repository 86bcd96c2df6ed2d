// The client that is attacked, in a process of the runtime that is tested. Asks a flag all the while, and measures how long
// its event loop stands still.

import { readFileSync } from "node:fs";
import process from "node:process";
import type { ClientOptions, FliptClient } from "../../mod.ts";
import { FliptError } from "../../mod.ts";
import { chooseEngine } from "../../engines/choice.ts";
import { initClient } from "../../src/client.ts";
import type { Clock } from "../../core/clock.ts";
import { systemClock } from "../../ffi/system_clock.ts";
import { listen, tell } from "../soak/lines.ts";

/** How many times as fast as ours the time of the client passes. */
const SPEED_FACTOR = 5;
/** The longest backoff, and the interval that may have begun before it, in milliseconds of our time. */
const FRESH_LIMIT_MS = 35_000 / SPEED_FACTOR;

/** What was measured. */
export interface Measured {
  /** The longest time from one turn of the event loop to the next, in milliseconds. */
  readonly gapMs: number;
  /** The longest time that the thread worked between two turns; `undefined` where the system does not say. */
  readonly workMs?: number;
  /** Events of errors. */
  readonly errors: number;
  /** Events of updates. */
  readonly updates: number;
  readonly evaluations: number;
  /** What was wrong with an answer or an error. */
  readonly wrong?: string;
  /** How long until the client had the state of the good server, in milliseconds; absent for never. */
  readonly freshMs?: number;
  /** Errors that nobody handled. */
  readonly unhandled: number;
}

const clock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now() * SPEED_FACTOR,
  after: (delayMs, callback, options) => systemClock.after(delayMs / SPEED_FACTOR, callback, options),
  random: () => Math.random(),
};

/** How long this thread has worked, in milliseconds. */
function workedMs(): number | undefined {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}

let client: FliptClient | undefined;
let expected = true;
/** Since the server may be good again: what it says may be known or not. */
let isTurning = false;
let turnedAt = 0;
let lastTurn = performance.now();
let lastWork = workedMs();
let result = fresh();

function fresh(): { -readonly [Name in keyof Measured]: Measured[Name] } {
  return {
    gapMs: 0,
    workMs: lastWork === undefined ? undefined : 0,
    errors: 0,
    updates: 0,
    evaluations: 0,
    unhandled: 0,
  };
}

function wrong(what: string): void {
  result.wrong ??= what;
}

/** A turn of the event loop: looks at the time since the last one, and asks. */
function turn(): void {
  const now = performance.now();
  const work = workedMs();
  result.gapMs = Math.max(result.gapMs, now - lastTurn);
  if (work !== undefined && lastWork !== undefined) {
    result.workMs = Math.max(result.workMs ?? 0, work - lastWork);
  }
  ask();
  lastTurn = performance.now();
  lastWork = workedMs();
  setTimeout(turn, 1);
}

function ask(): void {
  if (client === undefined) return;
  try {
    const { enabled } = client.evaluateBoolean("probe", "somebody");
    result.evaluations++;
    if (enabled === expected) {
      if (isTurning) result.freshMs ??= performance.now() - turnedAt;
    } else if (!isTurning || result.freshMs !== undefined) wrong(`answered ${enabled}`);
  } catch (error) {
    wrong(`an evaluation threw ${error}`);
  }
}

async function begin(options: ClientOptions, probe: boolean): Promise<void> {
  await client?.[Symbol.asyncDispose]();
  client = undefined;
  // A body that never ends, but never falls silent either, is given up within the time in which the client has to be fresh.
  const limits = { requestTimeout: 5, bodyTimeout: 25 };
  const made = await initClient({ ...options, ...limits, namespace: "shop", updateInterval: 2 }, {
    clock,
    chooseEngine,
  });
  made.on("error", (error) => {
    result.errors++;
    if (!(error instanceof FliptError)) wrong(`an error of another kind: ${error}`);
  });
  made.on("update", () => result.updates++);
  [expected, isTurning] = [probe, false];
  client = made;
}

const unhandled = (error: unknown): void => {
  result.unhandled++;
  console.error("UNHANDLED:", error);
};
process.on("unhandledRejection", unhandled);
process.on("uncaughtException", unhandled);
console.warn = () => {};

listen(process.stdin, async ({ options, probe, measure, turning, turned, end }) => {
  try {
    if (options !== undefined) {
      await begin(options as ClientOptions, probe === true);
      tell({ engine: client?.engine.kind });
    }
    if (measure === true) {
      result = fresh();
      tell({});
    }
    if (turning === true) {
      [expected, isTurning, turnedAt] = [probe === true, true, performance.now()];
      tell({});
    }
    if (turned === true) {
      const limit = turnedAt + FRESH_LIMIT_MS;
      while (result.freshMs === undefined && performance.now() < limit) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      tell({ ...result });
    }
    if (end === true) process.exit(0);
  } catch (error) {
    tell({ failure: String(error) });
  }
});
process.stdin.on("end", () => process.exit(0));
turn();
tell({ ready: true });
