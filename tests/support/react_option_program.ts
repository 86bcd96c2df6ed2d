// Gives the options of a client twice with one of the React package's, in a process of its own, since it is told once a process.

import { resolveOptions } from "../../src/options/options.ts";

for (let count = 0; count < 2; count++) {
  resolveOptions({ maxRetryAttempts: 3 } as Parameters<typeof resolveOptions>[0]);
}
