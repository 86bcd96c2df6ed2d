// Warnings of features files: the rules, how warnings are formatted, and how they are reported.

import { UserCallbacks } from "../core/user_callbacks.ts";
import { problemLine } from "./problems.ts";
import type { FeaturesWarning } from "./problems.ts";

export type { FeaturesWarning } from "./problems.ts";
export { WARNING_RULES } from "./warning_rules.ts";
export type { WarningRule } from "./warning_rules.ts";

/** Called with each warning. */
export type WarningListener = (warning: FeaturesWarning) => void;

/** Returns a warning on one line: `features.yml:3:5: … (never-matches)`. */
export function warningLine(warning: FeaturesWarning): string {
  return `${problemLine(warning)} (${warning.rule})`;
}

/** Reports warnings to a listener, each once as long as it persists. */
export class WarningReporter {
  readonly #listener: WarningListener | undefined;
  readonly #callbacks = new UserCallbacks();
  #reported: ReadonlySet<string> = new Set();

  /** Creates a reporter. Without a listener, nothing is reported. */
  constructor(listener: WarningListener | undefined) {
    this.#listener = listener;
  }

  /** Reports the current warnings of the files, except those that were current at the last call. */
  report(warnings: readonly FeaturesWarning[]): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    const before = this.#reported;
    this.#reported = new Set(warnings.map(warningLine));
    for (const warning of warnings) {
      if (before.has(warningLine(warning))) continue;
      this.#callbacks.run(listener, "the listener onWarning failed", () => listener(warning));
    }
  }
}
