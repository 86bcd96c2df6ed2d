// W9: the longest block of the event loop while a large document is loaded, and then refreshed under load.

import { setImmediate } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { documentBytes, largeDocumentMegabytes, questionTo } from "../document_file.ts";
import type { Figure } from "../figures.ts";
import { documentJsonOfSize } from "../flipt_document.ts";
import { entityIds, LAST_RULE_VARIANTS } from "../flags.ts";
import { PARTS } from "../parts.ts";
import { fetcherOf, fetcherOfText } from "../subjects/fetcher.ts";
import { type AnyFliptClient, loadFliptClient } from "../subjects/flipt.ts";
import { FLIPT_SUBJECTS, isFlipt } from "../subjects/subject.ts";
import type { Task, Workload } from "./workload.ts";

const REPETITIONS = 3;
const REFRESHES = 4;
const INTERVAL_MS = 1000;
const EVALUATIONS_PER_TURN = 5;

/** Runs at each turn of the event loop, evaluates, and records the longest time between two turns. */
class EventLoopMonitor {
  /** The client for evaluations, once there is one. */
  client: AnyFliptClient | undefined;
  readonly #questions = entityIds().map(questionTo);
  #evaluations = 0;
  #last = performance.now();
  #longest = 0;
  #isRunning = true;

  constructor() {
    this.#turn();
  }

  /** Returns the longest gap since the last call. */
  takeLongestMs(): number {
    const longest = this.#longest;
    this.#longest = 0;
    return longest;
  }

  stop(): void {
    this.#isRunning = false;
  }

  #turn = (): void => {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
    if (this.client !== undefined) {
      for (let n = 0; n < EVALUATIONS_PER_TURN; n++) this.#evaluate(this.client);
    }
    if (this.#isRunning) setImmediate(this.#turn);
  };

  #evaluate(client: AnyFliptClient): void {
    const question = this.#questions[this.#evaluations++ % this.#questions.length];
    if (question === undefined) return;
    const { variantKey } = client.evaluateVariant(question);
    if (!LAST_RULE_VARIANTS.includes(variantKey)) {
      throw new Error(`the answer is ${JSON.stringify(variantKey)}`);
    }
  }
}

/** The workload. */
export const gap: Workload = {
  name: "W9",
  title: "longest gap of the event loop with a document of 20 MB under constant evaluation",
  tasks: ({ isQuick }) => {
    const once = FLIPT_SUBJECTS.map((subject): Task => ({ subject, part: "" }));
    return Array.from({ length: isQuick ? 1 : REPETITIONS }, () => once).flat();
  },
  async measure({ effort, task, folder }): Promise<Figure[]> {
    if (!isFlipt(task?.subject)) throw new Error("W9 measures one Flipt client per process");
    const { subject } = task;
    const megabytes = largeDocumentMegabytes(effort);
    const versions = [0, 1].map((version) => documentBytes(folder, megabytes, version));
    let fetches = 0;
    const fetcher = fetcherOf(() => {
      const document = versions[fetches++ % versions.length];
      if (document === undefined) throw new Error("there are no documents");
      return document;
    });
    const init = await loadFliptClient(subject);

    // Starts the engine, which does not depend on the document.
    (await init(fetcherOfText(documentJsonOfSize(1000)))).close();

    const monitor = new EventLoopMonitor();
    await sleep(50);
    monitor.takeLongestMs();
    const client = await init(fetcher);
    await nextTurns();
    const loading = monitor.takeLongestMs();

    monitor.client = client;
    const interval = effort.isQuick ? 50 : INTERVAL_MS;
    await sleep(interval);
    monitor.takeLongestMs();
    await sleep(interval);
    const idle = monitor.takeLongestMs();

    for (let refresh = 0; refresh < REFRESHES; refresh++) {
      const start = performance.now();
      if (!await client.refresh()) throw new Error(`${subject} sees no change`);
      await nextTurns();
      await sleep(Math.max(0, interval - (performance.now() - start)));
    }
    const refreshing = monitor.takeLongestMs();
    monitor.stop();
    client.close();
    const common = { workload: "W9", subject, unit: "ms" } as const;
    return [
      { ...common, part: PARTS.idle, value: idle },
      { ...common, part: PARTS.gapLoad, value: loading },
      { ...common, part: PARTS.gapRefresh, value: refreshing },
    ];
  },
};

/** Waits until the monitor has run. */
function nextTurns(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
