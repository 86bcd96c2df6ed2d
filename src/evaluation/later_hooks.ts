// Stands in for the hooks of a client until what calls them is loaded. Evaluations keep the object that they were given.

import type { HookRunner } from "./hook_runner.ts";

/** Hooks that do not run yet: an evaluation that nothing was called before has nothing to call afterwards. */
export function laterHooks(): HookRunner {
  const nothing = (): undefined => undefined;
  return { before: nothing, beforeBatch: nothing } as unknown as HookRunner;
}

/** From now on `later` calls the hooks of `runner`. */
export function setHooks(later: HookRunner, runner: HookRunner): void {
  const calls = later as unknown as Record<string, unknown>;
  const methods = runner as unknown as Record<string, () => unknown>;
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(runner))) {
    calls[name] = methods[name]?.bind(runner);
  }
}
