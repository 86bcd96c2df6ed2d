// Attaching as a part of its own, which a Worker loads when it attaches: stands in for src/workers/attached_client.ts.

import type { AttachedClient } from "../src/workers/attached_client.ts";
import type { SharedHandle } from "../src/workers/sharing.ts";

/** Attaches to the client whose `share()` gave `handle`. */
export async function attach(handle: SharedHandle): Promise<AttachedClient> {
  const { attach } = await import("../src/workers/attached_client.ts");
  return await attach(handle);
}
