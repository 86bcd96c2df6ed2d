// Times subjects against each other within one process: short rounds, taken in turns, and of each subject the median.

import { do_not_optimize, measure } from "mitata";
import type { Effort } from "./effort.ts";
import { quantile } from "./statistics.ts";
import type { Opened } from "./subjects/subject.ts";

/** Calls a subject `calls` times, from the request `start` on, over and over through all of them. */
type Loop = (target: object, requests: readonly unknown[], start: number, calls: number, sink: Sink) => void;

/** Where every answer is put, so that no compiler may leave one out. */
interface Sink {
  answer: unknown;
}

/** One subject, ready to be timed. */
export interface Candidate<Name extends string = string> {
  /** Under which name the result goes. */
  readonly name: Name;
  /** What is called. */
  readonly opened: Pick<Opened, "target" | "call">;
  /** What it is called with, in turn. */
  readonly requests: readonly unknown[];
}

/** Samples a round, about. */
const SAMPLES = 4;

/** What the rounds of one subject gave. */
export interface Timing<Name extends string = string> {
  /** The subject. */
  readonly name: Name;
  /** Nanoseconds a call: the median of the rounds. */
  readonly median: number;
  /** A quarter of the rounds is not above this. */
  readonly lower: number;
  /** A quarter of the rounds is not below this. */
  readonly upper: number;
}

/**
 * Times the candidates.
 * @returns one timing a candidate, in their order.
 */
export async function timeInTurns<Name extends string>(
  candidates: readonly Candidate<Name>[],
  effort: Effort,
): Promise<Timing<Name>[]> {
  const runners = candidates.map((candidate) => new Runner(candidate));
  for (const runner of runners) runner.warmUp(effort);
  const rounds: number[][] = runners.map(() => []);
  for (let round = 0; round < effort.rounds; round++) {
    for (const [index, runner] of runners.entries()) rounds[index]?.push(await runner.round(effort));
  }
  return candidates.map(({ name }, index) => {
    const sorted = (rounds[index] ?? []).toSorted((left, right) => left - right);
    return {
      name,
      median: quantile(sorted, 0.5),
      lower: quantile(sorted, 0.25),
      upper: quantile(sorted, 0.75),
    };
  });
}

/** Calls one subject in rounds. */
class Runner {
  readonly #candidate: Candidate;
  readonly #loop: Loop;
  readonly #sink: Sink = { answer: undefined };
  #next = 0;
  #calls = 1;

  constructor(candidate: Candidate) {
    this.#candidate = candidate;
    this.#loop = compileLoop(candidate.opened.call);
  }

  /** Calls until the compilers have had their time, and finds out how many calls make a sample. */
  warmUp(effort: Effort): void {
    const end = performance.now() + effort.warmUpMillis;
    do {
      const start = performance.now();
      this.#sample();
      const elapsed = Math.max(performance.now() - start, 1e-3);
      // Step by step: the first calls are slower by far than what follows.
      const wanted = this.#calls * effort.roundMillis / SAMPLES / elapsed;
      this.#calls = Math.max(1, Math.min(Math.round(wanted), this.#calls * 4));
    } while (performance.now() < end);
  }

  /** Nanoseconds a call in one round. */
  async round(effort: Effort): Promise<number> {
    const { avg } = await measure(() => this.#sample(), {
      min_cpu_time: effort.roundMillis * 1e6,
      min_samples: 1,
      // All samples count, the slowest too: those in which the garbage is collected.
      samples_threshold: Infinity,
      // A sample is a loop already.
      batch_threshold: 0,
      gc: false,
    });
    return avg / this.#calls;
  }

  #sample(): void {
    const { opened, requests } = this.#candidate;
    const start = this.#next;
    this.#next = (start + this.#calls) % requests.length;
    this.#loop(opened.target, requests, start, this.#calls, this.#sink);
    do_not_optimize(this.#sink.answer);
  }
}

let loops = 0;

/**
 * A loop around `call` with code of its own: runtimes remember with the code of a call what it called before, and what
 * one subject taught them would slow the next one down. V8 takes equal texts for the same code, so no two are equal.
 */
function compileLoop(call: string): Loop {
  return new Function(
    "target",
    "requests",
    "start",
    "calls",
    "sink",
    `// Loop ${++loops}.
    const { length } = requests;
    for (let left = calls, index = start; left > 0; left--) {
      const request = requests[index];
      sink.answer = ${call};
      if (++index === length) index = 0;
    }`,
  ) as Loop;
}
