// A Worker of worker_pool.ts: handles requests with the flags of the client in the main thread.

import { parentPort, workerData } from "node:worker_threads";
import { FliptClient } from "@flipt-ffi/client";

const attached = FliptClient.attach(workerData);

parentPort?.on("message", async ({ id, url }) => {
  const client = await attached;
  const user = new URL(url, "http://localhost").searchParams.get("user") ?? "anonymous";
  const { variantKey } = client.evaluateVariant("checkout-flow", user);
  parentPort?.postMessage({ id, answer: { checkout: variantKey } });
});
