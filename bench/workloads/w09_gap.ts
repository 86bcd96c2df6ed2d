// W9: the longest block of the event loop while a large document is loaded, and then refreshed under load: from memory, and
// over HTTP from a server in another process.

import { spawn } from "node:child_process";

import { setImmediate } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { documentBytes, documentFile, largeDocumentMegabytes, questionTo } from "../document_file.ts";
import type { Figure } from "../figures.ts";
import { documentJsonOfSize } from "../flipt_document.ts";
import { entityIds, LAST_RULE_VARIANTS } from "../flags.ts";
import { PARTS } from "../parts.ts";
import { fetcherOf, fetcherOfText } from "../subjects/fetcher.ts";
import { type AnyFliptClient, loadFliptClient, loadHttpClient } from "../subjects/flipt.ts";
import { FLIPT_SUBJECTS, type FliptSubject, isFlipt } from "../subjects/subject.ts";
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

/** What is measured: a client, or the runtime itself, which only reads the document and drops it. */
type Refreshed = Pick<AnyFliptClient, "refresh" | "close">;

const OVER_HTTP = "over HTTP";

/** The workload. The floor is to fetch the document over HTTP, to read it and to drop it. */
export const gap: Workload = {
  name: "W9",
  title: "longest gap of the event loop with a document of 20 MB under constant evaluation",
  tasks: ({ isQuick }) => {
    const once = [
      ...FLIPT_SUBJECTS.map((subject): Task => ({ subject, part: "" })),
      ...([...FLIPT_SUBJECTS, "floor"] as const).map((subject): Task => ({ subject, part: OVER_HTTP })),
    ];
    return Array.from({ length: isQuick ? 1 : REPETITIONS }, () => once).flat();
  },
  async measure({ effort, task, folder }): Promise<Figure[]> {
    const { subject, part } = task ?? {};
    const isHttp = part === OVER_HTTP;
    if (subject === undefined || (!isFlipt(subject) && !(isHttp && subject === "floor"))) {
      throw new Error("W9 measures one Flipt client, or the floor over HTTP, per process");
    }
    const megabytes = largeDocumentMegabytes(effort);
    const server = isHttp ? await startServer(folder, megabytes) : undefined;
    const open = isFlipt(subject)
      ? await opener(subject, folder, megabytes, server?.url)
      : () => openFloor(server?.url ?? "");

    // Loads the runtime's own code for requests.
    if (server !== undefined) await (await fetch(server.url, { method: "HEAD" })).text();

    const monitor = new EventLoopMonitor();
    await sleep(50);
    monitor.takeLongestMs();
    const opened = await open();
    await nextTurns();
    const loading = monitor.takeLongestMs();

    monitor.client = "evaluateVariant" in opened ? opened as AnyFliptClient : undefined;
    const interval = effort.isQuick ? 50 : INTERVAL_MS;
    await sleep(interval);
    monitor.takeLongestMs();
    await sleep(interval);
    const idle = monitor.takeLongestMs();

    for (let refresh = 0; refresh < REFRESHES; refresh++) {
      const start = performance.now();
      if (!await opened.refresh()) throw new Error(`${subject} sees no change`);
      await nextTurns();
      await sleep(Math.max(0, interval - (performance.now() - start)));
    }
    const refreshing = monitor.takeLongestMs();
    monitor.stop();
    opened.close();
    server?.stop();
    const common = { workload: "W9", subject, unit: "ms" } as const;
    return isHttp
      ? [
        { ...common, part: PARTS.gapLoadHttp, value: loading },
        { ...common, part: PARTS.gapRefreshHttp, value: refreshing },
      ]
      : [
        { ...common, part: PARTS.idle, value: idle },
        { ...common, part: PARTS.gapLoad, value: loading },
        { ...common, part: PARTS.gapRefresh, value: refreshing },
      ];
  },
};

/** Loads everything that does not depend on the document. Returns what opens a client, from memory without a URL. */
async function opener(
  subject: FliptSubject,
  folder: string,
  megabytes: number,
  url: string | undefined,
): Promise<() => Promise<Refreshed>> {
  const init = await loadFliptClient(subject);
  (await init(fetcherOfText(documentJsonOfSize(1000)))).close();
  if (url !== undefined) {
    const initHttp = await loadHttpClient(subject);
    return () => initHttp(url);
  }
  const versions = [0, 1].map((version) => documentBytes(folder, megabytes, version));
  let fetches = 0;
  const fetcher = fetcherOf(() => {
    const document = versions[fetches++ % versions.length];
    if (document === undefined) throw new Error("there are no documents");
    return document;
  });
  return () => init(fetcher);
}

/** Reads the document of the server and drops it, once now and at each refresh. */
async function openFloor(url: string): Promise<Refreshed> {
  const refresh = async (): Promise<boolean> => {
    const { body } = await fetch(url);
    let length = 0;
    for await (const chunk of body ?? []) length += chunk.length;
    return length > 0;
  };
  await refresh();
  return { refresh, close: () => {} };
}

async function startServer(
  folder: string,
  megabytes: number,
): Promise<{ readonly url: string; stop(): void }> {
  const program = fileURLToPath(new URL("../document_server.ts", import.meta.url));
  const flags = "Deno" in globalThis ? ["run", "-A", "--quiet", "--no-check"] : [];
  const files = [0, 1].map((version) => documentFile(folder, megabytes, version));
  const child = spawn(process.execPath, [...flags, program, ...files], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.on("error", reject).on("close", () => reject(new Error("the server ended")));
    child.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => child.stdin.end() };
}

/** Waits until the monitor has run. */
function nextTurns(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
