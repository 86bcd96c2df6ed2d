// A Worker that follows a shared state: answers what it sees when it is asked, or evaluates for as long as it lives.

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { SharedStateHandle } from "../../engines/engine.ts";
import { followNativeState } from "../../engines/native/mod.ts";

/** What the Worker is started with. */
export interface FollowingWorkerData {
  /** The state to follow. */
  readonly handle: SharedStateHandle;
  /** The flag to evaluate. */
  readonly flagKey: string;
  /** Whether to evaluate without end once asked. */
  readonly endless: boolean;
}

async function serve(port: MessagePort, { handle, flagKey, endless }: FollowingWorkerData): Promise<void> {
  const { follower } = await followNativeState(handle);
  const answer = (): string => follower.current().evaluateVariant(flagKey, "entity", {}).variantKey;
  port.on("message", () => {
    try {
      port.postMessage(answer());
    } catch (error) {
      port.postMessage((error as Error).message);
    }
    while (endless) answer();
  });
  port.postMessage("ready");
}

if (parentPort !== null) await serve(parentPort, workerData as FollowingWorkerData);
