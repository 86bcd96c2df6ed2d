// A Worker with a client of its own that is attached to the one of another thread: evaluates a flag whenever it is asked.

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { FliptClient, type SharedHandle } from "../../mod.ts";

async function serve(port: MessagePort, handle: SharedHandle): Promise<void> {
  const client = await FliptClient.attach(handle);
  port.on("message", () => {
    try {
      port.postMessage(client.evaluateVariant("flag", "entity").variantKey);
    } catch (error) {
      port.postMessage(`${(error as Error).name}: ${(error as Error).message}`);
    }
  });
  port.postMessage(client.engine.kind);
}

if (parentPort !== null) await serve(parentPort, workerData as SharedHandle);
