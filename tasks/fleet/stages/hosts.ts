// 32 processes on one host without Redis.

import { hostWithRelay, hostWithSnapshot } from "../hosts.ts";
import type { Stage } from "../stage.ts";

const processes = 32;

/** Behind a relay on a Unix socket. */
export const relayHost: Stage = {
  name: "host with a relay",
  run: (tell) => hostWithRelay({ processes, changes: 50, tell }),
};

/** Behind a file that one of them keeps fresh. */
export const snapshotHost: Stage = {
  name: "host with a snapshot",
  run: (tell) => hostWithSnapshot({ processes, changes: 5, tell }),
};
