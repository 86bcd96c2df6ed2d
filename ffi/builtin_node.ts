// Modules that Node has built in, and Deno and Bun for its sake. Never asked for in a browser.

import { importUnbundled } from "./import_unbundled.ts";
import { nodeProcess } from "./runtime.ts";

interface Builtins {
  readonly "node:async_hooks": typeof import("node:async_hooks");
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:fs": typeof import("node:fs");
  readonly "node:fs/promises": typeof import("node:fs/promises");
  readonly "node:http": typeof import("node:http");
  readonly "node:https": typeof import("node:https");
  readonly "node:module": typeof import("node:module");
  readonly "node:net": typeof import("node:net");
  readonly "node:path": typeof import("node:path");
  readonly "node:process": typeof import("node:process");
  readonly "node:stream": typeof import("node:stream");
  readonly "node:timers": typeof import("node:timers");
  readonly "node:tls": typeof import("node:tls");
  readonly "node:worker_threads": typeof import("node:worker_threads");
  readonly "node:zlib": typeof import("node:zlib");
}

/**
 * Returns a module of the runtime without an import: one in a VM context, as in Jest, fails, and bundlers follow it.
 * @returns `undefined` where there is none of that name, and on Node before 20.16.
 */
export function builtinSync<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  return nodeProcess()?.getBuiltinModule?.(name) as Builtins[Name] | undefined;
}

/** Loads a module of the runtime; rejects where there is none of that name. */
export async function builtin<Name extends keyof Builtins>(name: Name): Promise<Builtins[Name]> {
  return builtinSync(name) ?? await importUnbundled(name) as Builtins[Name];
}
