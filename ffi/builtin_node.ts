// Modules that Node has built in, and Deno and Bun for its sake. Never asked for in a browser.

interface Builtins {
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:fs/promises": typeof import("node:fs/promises");
  readonly "node:https": typeof import("node:https");
  readonly "node:path": typeof import("node:path");
  readonly "node:stream": typeof import("node:stream");
  readonly "node:worker_threads": typeof import("node:worker_threads");
  readonly "node:zlib": typeof import("node:zlib");
}

/** Loads a module of the runtime; rejects where there is none of that name. */
export function builtin<Name extends keyof Builtins>(name: Name): Promise<Builtins[Name]> {
  // By variable, so that a bundler for browsers does not look for it.
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name);
}
