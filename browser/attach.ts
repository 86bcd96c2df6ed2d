// Replaces src/workers/attached_client.ts: loads it when a Worker attaches.

import type { AttachedClient } from "../src/workers/attached_client.ts";
import type { SharedHandle } from "../src/workers/sharing.ts";

/** Attaches to the client whose `share()` returned `handle`. */
export async function attach(handle: SharedHandle): Promise<AttachedClient> {
  const { attach } = await import("../src/workers/attached_client.ts");
  return await attach(handle);
}
