// Fuzzes one target: new inputs are made from those that ran code that none before had run.

import process from "node:process";
import { Coverage } from "./coverage.ts";
import { readCorpus } from "./corpus.ts";
import { mutated, Random } from "./mutation.ts";
import type { Target } from "./target.ts";

/** An input that takes so many times the median of its length's is a finding, */
const MAX_TIMES_MEDIAN = 50;
/** unless that is still less than this, which a busy machine takes for anything. In milliseconds. */
const UNSUSPICIOUS_MS = 50;
/** An input may raise the most memory that the process ever had by so much, in kilobytes. */
const MAX_GROWTH_KB = 100_000;
/** So many times are kept of a length, the newest. */
const KEPT = 501;
/** What came of a target. */
export interface Outcome {
  readonly inputs: number;
  readonly parts: number;
  readonly corpus: number;
  /** What is wrong, and with which input. */
  readonly finding?: { readonly problem: string; readonly input: string };
}

/** Times of the inputs so far, by the binary logarithm of their lengths. */
export class Times {
  readonly #times = new Map<number, number[]>();

  /** Notes a time, in milliseconds. @returns whether it is far more than usual; not as long as there are few to compare with. */
  isSuspicious(length: number, time: number): boolean {
    const place = 32 - Math.clz32(length);
    const times = this.#times.get(place) ?? [];
    this.#times.set(place, times);
    if (times.length < KEPT) {
      times.push(time);
      return false;
    }
    if (time < UNSUSPICIOUS_MS) {
      times.shift();
      times.push(time);
      return false;
    }
    const median = times.toSorted((a, b) => a - b)[KEPT >> 1] as number;
    return time > median * MAX_TIMES_MEDIAN;
  }
}

function shown(input: Uint8Array): string {
  return Array.from(input, (byte) => String.fromCharCode(byte)).join("");
}

/** What came of a target, and the inputs that are needed for the same coverage. */
export interface FuzzResult extends Outcome {
  readonly needed: readonly Uint8Array[];
}

/** How a target is fuzzed. */
export interface LoopOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Whether code at a URL is a guide. @default this package's, but for tasks and tests */
  readonly isGuide?: (url: string) => boolean;
  /** Called with each input before it runs. */
  readonly onInput?: (input: Uint8Array) => void;
}

const ROOT = new URL("../../", import.meta.url).href;

function isOfPackage(url: string): boolean {
  return url.startsWith(ROOT) && !/\/(tasks|tests|node_modules)\//.test(url);
}

/** Fuzzes a target until the time is over or something is found. */
export async function fuzzTarget(
  target: Target,
  { seconds, seed, isGuide = isOfPackage, onInput = () => {} }: LoopOptions,
): Promise<FuzzResult> {
  const coverage = new Coverage(isGuide);
  await coverage.start();
  const run = await target.load();
  const times = new Times();
  const random = new Random(seed);
  const encoder = new TextEncoder();
  // As bytes: seeds with bytes above 127 are byte lists themselves.
  const seeds = target.seeds().map((each) => typeof each === "string" ? encoder.encode(each) : each);
  const corpus: Uint8Array[] = [];
  let inputs = 0;
  await coverage.take();
  coverage.clear();

  const problemWith = async (input: Uint8Array): Promise<string | undefined> => {
    onInput(input);
    const memory = process.resourceUsage().maxRSS;
    const timed = async (): Promise<number> => {
      const start = performance.now();
      await run(input);
      return performance.now() - start;
    };
    try {
      let time = await timed();
      // The machine can be at fault, but not each time.
      for (let again = 0; again < 5 && times.isSuspicious(input.length, time); again++) time = await timed();
      if (times.isSuspicious(input.length, time)) {
        return `it takes ${Math.round(time)} ms, 50 times the median`;
      }
    } catch (error) {
      return error instanceof Error ? error.stack ?? error.message : String(error);
    }
    const growth = process.resourceUsage().maxRSS - memory;
    return inputs > KEPT && growth > MAX_GROWTH_KB ? `it takes ${Math.round(growth / 1024)} MB` : undefined;
  };

  const tried = async (
    input: Uint8Array,
  ): Promise<FuzzResult | undefined> => {
    inputs++;
    const problem = await problemWith(input);
    if (problem !== undefined) {
      const finding = { problem, input: shown(input) };
      return { inputs, parts: coverage.size, corpus: corpus.length, needed: [], finding };
    }
    if (await coverage.take() > 0 || corpus.length === 0) corpus.push(input);
    return undefined;
  };

  for (const input of [...readCorpus(target.name), ...seeds]) {
    const found = await tried(input.slice(0, 8_000));
    if (found !== undefined) return found;
  }
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    // The newest inputs are the least known.
    const place = random.below(2) === 0
      ? random.below(corpus.length)
      : corpus.length - 1 - random.below(Math.min(corpus.length, 20));
    const input = mutated(corpus[place] as Uint8Array, random.of(corpus), target.words, random);
    const found = await tried(input);
    if (found !== undefined) return found;
  }
  const parts = coverage.size;
  return { inputs, parts, corpus: corpus.length, needed: await smallest(corpus) };

  /** The inputs that are needed for the same coverage, the short ones first. */
  async function smallest(all: readonly Uint8Array[]): Promise<Uint8Array[]> {
    coverage.clear();
    const kept: Uint8Array[] = [];
    for (const input of all.toSorted((a, b) => a.length - b.length)) {
      if (input.length > 1_000) continue;
      await run(input);
      if (await coverage.take() > 0) kept.push(input);
    }
    return kept;
  }
}
