// A Worker of W10: holds a client, first with a tiny document, then with a large one, and says when it is done.

import { parentPort } from "node:worker_threads";
import { questionTo } from "./document_file.ts";
import { fliptDocument, sizedFlagKey } from "./flipt_document.ts";
import { LAST_RULE_VARIANTS, rulesFlag } from "./flags.ts";
import { collectGarbage, type Order, type Shared } from "./memory.ts";
import { fetcherOfFile, fetcherOfText } from "./subjects/fetcher.ts";
import { type AnyFliptClient, clientModule, loadFliptClient } from "./subjects/flipt.ts";

let held: AnyFliptClient | undefined;

async function obey(order: Order): Promise<void> {
  if (order.kind === "collect") return collectGarbage();
  const old = held;
  if (order.kind === "attach") {
    const { FliptClient } = await clientModule("native");
    held = await (FliptClient as unknown as Shared).attach(order.handle);
  } else {
    const init = await loadFliptClient(order.subject);
    held = await init(
      order.kind === "start"
        ? fetcherOfText(fliptDocument([rulesFlag(sizedFlagKey(0))]))
        : fetcherOfFile(order.path),
    );
  }
  const { variantKey } = held.evaluateVariant(questionTo("user-1"));
  if (!LAST_RULE_VARIANTS.includes(variantKey)) {
    throw new Error(`the answer is ${JSON.stringify(variantKey)}`);
  }
  old?.close();
}

parentPort?.on("message", (order: Order) => {
  obey(order).then(
    () => parentPort?.postMessage({}),
    (error: unknown) => parentPort?.postMessage({ error: String(error) }),
  );
});
