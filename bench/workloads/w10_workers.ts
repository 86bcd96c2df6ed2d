// W10: the memory of Workers that all have the same large document.

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { documentFile, largeDocument } from "../document_file.ts";
import type { Figure } from "../figures.ts";
import { collectGarbage, type Order, type Sharing } from "../memory.ts";
import { PARTS } from "../parts.ts";
import { fetcherOfFile } from "../subjects/fetcher.ts";
import { type AnyFliptClient, clientModule, loadFliptClient } from "../subjects/flipt.ts";
import { FLIPT_SUBJECTS, type FliptSubject, isFlipt } from "../subjects/subject.ts";
import type { Workload } from "./workload.ts";

const WORKERS = 8;
const MEGABYTE = 1024 * 1024;

/** Whether the subject has one state for all Workers. */
async function canShare(subject: FliptSubject): Promise<boolean> {
  if (subject !== "native") return false;
  const { FliptClient } = await clientModule(subject);
  return "attach" in FliptClient && "share" in FliptClient.prototype;
}

/** Sends a Worker an order and waits until it is done. */
function done(worker: Worker, order: Order): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", ({ error }: { error?: string }) => {
      worker.off("error", reject);
      if (error === undefined) resolve();
      else reject(new Error(`${JSON.stringify(order)}: ${error}`));
    });
    worker.postMessage(order);
  });
}

/** The resident memory in megabytes, when everything that can be given back is. */
async function residentMemory(workers: readonly Worker[], settleMillis: number): Promise<number> {
  for (let round = 0; round < 2; round++) {
    for (const worker of workers) await done(worker, { kind: "collect" });
    collectGarbage();
    await sleep(settleMillis);
  }
  return process.memoryUsage().rss / MEGABYTE;
}

/** The workload. */
export const workers: Workload = {
  name: "W10",
  title: `resident memory of a process with ${WORKERS} Workers and a document of 20 MB`,
  tasks: () => FLIPT_SUBJECTS.map((subject) => ({ subject, part: "" })),
  async measure({ effort, task, folder }): Promise<Figure[]> {
    if (!isFlipt(task?.subject)) throw new Error("W10 is for one Flipt client a process");
    const { subject } = task;
    const settleMillis = effort.isQuick ? 10 : 250;
    const path = documentFile(folder, largeDocument(effort));
    const file = fileURLToPath(new URL("../memory_worker.ts", import.meta.url));
    const started = Array.from({ length: effort.isQuick ? 2 : WORKERS }, () => new Worker(file));
    const [first, ...others] = started;
    if (first === undefined) throw new Error("there are no Workers");
    // Everything but the large state is there before: the modules, the library, a client that has answered.
    for (const worker of started) await done(worker, { kind: "start", subject });
    const before = await residentMemory(started, settleMillis);

    const isShared = await canShare(subject);
    let order: Order = { kind: "load", subject, path };
    let shared: AnyFliptClient | undefined;
    if (isShared) {
      const init = await loadFliptClient(subject);
      shared = await init(fetcherOfFile(path));
      order = { kind: "attach", handle: (shared as unknown as Sharing).share() };
    }
    await done(first, order);
    const one = await residentMemory(started, settleMillis);
    for (const worker of others) await done(worker, order);
    const all = await residentMemory(started, settleMillis);
    shared?.close();
    for (const worker of started) await worker.terminate();

    const note = subject !== "native"
      ? undefined
      : isShared
      ? "the Workers are attached to one state by share() and attach()"
      : "each Worker has a client of its own: this version has no share() and attach()";
    const common = { workload: "W10", subject, unit: "MB" } as const;
    return [
      { ...common, part: PARTS.workersBefore, value: before },
      { ...common, part: PARTS.workersOne, value: one },
      { ...common, part: PARTS.workersAll, value: all },
      { ...common, part: PARTS.perWorker, value: (all - one) / others.length, note },
    ];
  },
};
