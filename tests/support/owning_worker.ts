// A Worker that shares a state of its own, and then lives until it is terminated.

import { type MessagePort, parentPort } from "node:worker_threads";
import { openNativeEngine } from "../../engines/native/mod.ts";

async function serve(port: MessagePort): Promise<void> {
  const engine = await openNativeEngine();
  const flag = { key: "flag", name: "", enabled: true, type: "BOOLEAN_FLAG_TYPE" };
  const compilation = engine.compile("document", "shop");
  compilation.write(new TextEncoder().encode(JSON.stringify({ namespace: { key: "shop" }, flags: [flag] })));
  const publisher = engine.share?.(await compilation.finish(), "shop");
  port.on("message", () => {});
  port.postMessage(publisher?.handle);
}

if (parentPort !== null) await serve(parentPort);
