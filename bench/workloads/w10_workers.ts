// W10: the memory of Workers that use the same large document.

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { documentFile, largeDocumentMegabytes } from "../document_file.ts";
import type { Figure } from "../figures.ts";
import { collectGarbage, type Sharing, type WorkerCommand } from "../memory.ts";
import { PARTS } from "../parts.ts";
import { fetcherOfFile } from "../subjects/fetcher.ts";
import { type AnyFliptClient, clientModule, loadFliptClient } from "../subjects/flipt.ts";
import { FLIPT_SUBJECTS, type FliptSubject, isFlipt } from "../subjects/subject.ts";
import type { Workload } from "./workload.ts";

const WORKER_COUNT = 8;
const BYTES_PER_MB = 1024 * 1024;

/** Returns whether Workers can share the state of the subject. */
async function canShare(subject: FliptSubject): Promise<boolean> {
  if (subject !== "native") return false;
  const { FliptClient } = await clientModule(subject);
  return "attach" in FliptClient && "share" in FliptClient.prototype;
}

/** Sends a command to a Worker and waits until it is done. */
function runCommand(worker: Worker, command: WorkerCommand): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", ({ error }: { error?: string }) => {
      worker.off("error", reject);
      if (error === undefined) resolve();
      else reject(new Error(`${JSON.stringify(command)}: ${error}`));
    });
    worker.postMessage(command);
  });
}

/** Returns the resident memory after garbage collection, in megabytes. */
async function residentMemory(workers: readonly Worker[], settleMs: number): Promise<number> {
  for (let round = 0; round < 2; round++) {
    for (const worker of workers) await runCommand(worker, { kind: "collect" });
    collectGarbage();
    await sleep(settleMs);
  }
  return process.memoryUsage().rss / BYTES_PER_MB;
}

/** The workload. */
export const workers: Workload = {
  name: "W10",
  title: `resident memory of a process with ${WORKER_COUNT} Workers and a document of 20 MB`,
  tasks: () => FLIPT_SUBJECTS.map((subject) => ({ subject, part: "" })),
  async measure({ effort, task, folder }): Promise<Figure[]> {
    if (!isFlipt(task?.subject)) throw new Error("W10 measures one Flipt client per process");
    const { subject } = task;
    const settleMs = effort.isQuick ? 10 : 250;
    const path = documentFile(folder, largeDocumentMegabytes(effort));
    const file = fileURLToPath(new URL("../memory_worker.ts", import.meta.url));
    const started = Array.from({ length: effort.isQuick ? 2 : WORKER_COUNT }, () => new Worker(file));
    const [first, ...others] = started;
    if (first === undefined) throw new Error("there are no Workers");
    // Loads everything but the large state: the modules, the library, and a client that has evaluated.
    for (const worker of started) await runCommand(worker, { kind: "start", subject });
    const before = await residentMemory(started, settleMs);

    const isShared = await canShare(subject);
    let command: WorkerCommand = { kind: "load", subject, path };
    let shared: AnyFliptClient | undefined;
    if (isShared) {
      const init = await loadFliptClient(subject);
      shared = await init(fetcherOfFile(path));
      command = { kind: "attach", handle: (shared as unknown as Sharing).share() };
    }
    await runCommand(first, command);
    const one = await residentMemory(started, settleMs);
    for (const worker of others) await runCommand(worker, command);
    const all = await residentMemory(started, settleMs);
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
