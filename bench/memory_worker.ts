// A Worker of W10: holds a client, first with a tiny document, then with a large one.

import { parentPort } from "node:worker_threads";
import { questionTo } from "./document_file.ts";
import { documentJson, sizedFlagKey } from "./flipt_document.ts";
import { LAST_RULE_VARIANTS, rulesFlag } from "./flags.ts";
import { collectGarbage, type Shared, type WorkerCommand } from "./memory.ts";
import { fetcherOfFile, fetcherOfText } from "./subjects/fetcher.ts";
import { type AnyFliptClient, clientModule, loadFliptClient } from "./subjects/flipt.ts";

let client: AnyFliptClient | undefined;

async function run(command: WorkerCommand): Promise<void> {
  if (command.kind === "collect") return collectGarbage();
  const old = client;
  if (command.kind === "attach") {
    const { FliptClient } = await clientModule("native");
    client = await (FliptClient as unknown as Shared).attach(command.handle);
  } else {
    const init = await loadFliptClient(command.subject);
    client = await init(
      command.kind === "start"
        ? fetcherOfText(documentJson([rulesFlag(sizedFlagKey(0))]))
        : fetcherOfFile(command.path),
    );
  }
  const { variantKey } = client.evaluateVariant(questionTo("user-1"));
  if (!LAST_RULE_VARIANTS.includes(variantKey)) {
    throw new Error(`the answer is ${JSON.stringify(variantKey)}`);
  }
  old?.close();
}

parentPort?.on("message", (command: WorkerCommand) => {
  run(command).then(
    () => parentPort?.postMessage({}),
    (error: unknown) => parentPort?.postMessage({ error: String(error) }),
  );
});
