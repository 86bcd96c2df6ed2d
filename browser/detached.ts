// Replaces ffi/detached.ts where there is no AsyncLocalStorage.

/** Runs something as it is. */
export function detached<T>(run: () => T): T {
  return run();
}
