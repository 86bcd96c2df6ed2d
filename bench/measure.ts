// Times subjects in one process: in short rounds that alternate between them. The result is the median of each.

import { do_not_optimize, measure } from "mitata";
import type { Effort } from "./effort.ts";
import { quantile } from "./statistics.ts";
import type { OpenSubject } from "./subjects/subject.ts";

/** Calls a subject `calls` times, cycling through the requests from index `start`. */
type Loop = (target: object, requests: readonly unknown[], start: number, calls: number, sink: Sink) => void;

/** Where every answer is stored, so that the compiler cannot eliminate the call. */
interface Sink {
  answer: unknown;
}

/** One subject, ready to be timed. */
export interface Candidate<Name extends string = string> {
  /** The name of the result. */
  readonly name: Name;
  /** The call. */
  readonly opened: Pick<OpenSubject, "target" | "call">;
  /** The requests, which are cycled through. */
  readonly requests: readonly unknown[];
}

/** The approximate number of samples in a round. */
const SAMPLES_PER_ROUND = 4;

/** The timing of one subject. */
export interface Timing<Name extends string = string> {
  /** The name of the candidate. */
  readonly name: Name;
  /** Nanoseconds per call: the median of the rounds. */
  readonly median: number;
  /** The lower quartile of the rounds. */
  readonly lower: number;
  /** The upper quartile of the rounds. */
  readonly upper: number;
}

/**
 * Times the candidates in alternating rounds.
 * @returns one timing per candidate, in order.
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

/** Runs the rounds of one subject. */
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

  /** Calls the subject until it is compiled, and determines the number of calls in a sample. */
  warmUp(effort: Effort): void {
    const end = performance.now() + effort.warmUpMs;
    do {
      const start = performance.now();
      this.#sample();
      const elapsed = Math.max(performance.now() - start, 1e-3);
      // Limited, since the first calls are much slower than later ones.
      const wanted = this.#calls * effort.roundMs / SAMPLES_PER_ROUND / elapsed;
      this.#calls = Math.max(1, Math.min(Math.round(wanted), this.#calls * 4));
    } while (performance.now() < end);
  }

  /** Runs one round. Returns the nanoseconds per call. */
  async round(effort: Effort): Promise<number> {
    const { avg } = await measure(() => this.#sample(), {
      min_cpu_time: effort.roundMs * 1e6,
      min_samples: 1,
      // All samples count, also the slowest, in which garbage is collected.
      samples_threshold: Infinity,
      // A sample is already a loop.
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
 * Compiles a loop around `call`. Each subject has a loop of its own: with a shared one, the inline caches of its call
 * site would be megamorphic. V8 shares code between functions of equal source text, so each text is unique.
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
