// Which parts of this package's code an input runs, as V8 counts them: the guide of the fuzzer for TypeScript.

import { Session } from "node:inspector";

interface CoverageResult {
  readonly result: readonly {
    readonly scriptId: string;
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
}

/** Coverage by blocks of code, with a rough count of how often each ran. */
export class Coverage {
  readonly #session = new Session();
  readonly #known = new Set<string>();
  readonly #isGuide: (url: string) => boolean;

  /** Counts the modules whose URLs are a guide. */
  constructor(isGuide: (url: string) => boolean) {
    this.#isGuide = isGuide;
    this.#session.connect();
  }

  /** Starts counting. What was compiled before is counted only roughly: load the code that matters afterwards. */
  async start(): Promise<void> {
    await this.#post("Profiler.enable");
    await this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** How many different parts ran so far. */
  get size(): number {
    return this.#known.size;
  }

  /** Forgets what ran so far. */
  clear(): void {
    this.#known.clear();
  }

  /** Takes what ran since the last call. @returns how many parts of it never ran before, or never as often. */
  async take(): Promise<number> {
    const { result } = await this.#post("Profiler.takePreciseCoverage") as CoverageResult;
    const before = this.#known.size;
    for (const { scriptId, url, functions } of result) {
      if (!this.#isGuide(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          // Once, a few times and many times are different; how many exactly is not.
          if (count > 0) {
            this.#known.add(
              `${scriptId} ${startOffset} ${endOffset} ${Math.min(Math.floor(Math.log2(count)), 8)}`,
            );
          }
        }
      }
    }
    return this.#known.size - before;
  }

  /** Ends the counting. */
  async stop(): Promise<void> {
    await this.#post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }

  #post(method: string, parameters: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error, value) => {
        if (error === null) resolve(value);
        else reject(error);
      });
    });
  }
}
