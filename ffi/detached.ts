// Keeps what goes on in the background out of the request that it happens to be started in: an AsyncLocalStorage would
// show it that request's context for ever, and the context would never be collected.

import { builtinSync } from "./builtin_node.ts";

type Detached = <T>(run: () => T) => T;

/** Runs something in the context that this module was loaded in: as a rule none. */
export const detached: Detached =
  builtinSync("node:async_hooks")?.AsyncLocalStorage.snapshot?.() as Detached | undefined ?? ((run) => run());
