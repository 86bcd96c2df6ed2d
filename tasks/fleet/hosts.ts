// Many processes on one host without Redis: behind a relay on a Unix socket, and behind a file that one of them keeps fresh.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { flagDocument, FliptTestServer, type ServedDocument } from "../../testing/mod.ts";
import { ClientProcess, ClientProcesses, RelayProcess } from "./processes.ts";
import { until } from "./stage.ts";

/** What is run. */
export interface HostRun {
  /** The number of processes. */
  readonly processes: number;
  /** How often the flags change. */
  readonly changes: number;
  /** Prints a line with a figure. */
  readonly tell: (line: string) => void;
}

/** The document with a number, for the server. */
export function numberedDocument(number: number): ServedDocument {
  return flagDocument({ [`n-${number}`]: true }, "shop");
}

/**
 * Changes the flags again and again, from the second document on, each time when the last change has arrived.
 * @returns after how many milliseconds each change had reached the last process.
 */
async function changeFlags(
  changes: number,
  flipt: FliptTestServer,
  clients: ClientProcesses,
): Promise<number[]> {
  const millis: number[] = [];
  for (let number = 2; number < changes + 2; number++) {
    const pushedAt = Date.now();
    flipt.push("shop", numberedDocument(number));
    millis.push(await clients.reach(number) - pushedAt);
  }
  return millis;
}

/** Processes behind a relay on a Unix socket, which is killed and started again. */
export async function hostWithRelay({ processes, changes, tell }: HostRun): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "flipt-host-"));
  try {
    await using flipt = await FliptTestServer.start({ documents: { shop: numberedDocument(1) } });
    const listen = `unix:${join(folder, "flipt.sock")}`;
    await using relay = new RelayProcess(
      ["--url", flipt.url, "-n", "shop", "--listen", listen, "--store", join(folder, "store")],
    );
    await relay.ready();
    await until("the relay streams", () => flipt.streams === 1);
    const asked = flipt.requests.length;
    const clients = await ClientProcesses.start(
      Array.from({ length: processes }, () => ({ way: { way: "url", url: listen } }) as const),
    );
    const last = changes + 2;
    try {
      const millis = await changeFlags(changes, flipt, clients);
      const requests = flipt.requests.length - asked;
      const memory = relay.megabytes?.toFixed(0);
      tell(`${processes} processes, ${changes} changes: the last process had them after ${figures(millis)}`);
      tell(`the server was asked ${requests} times meanwhile; the relay has ${memory} MB`);
      // A proof of life each 30 s is all that the server may see.
      if (requests > 10) throw new Error(`the server was asked ${requests} times`);

      await relay.kill();
      flipt.setDocument("shop", numberedDocument(last));
      const killedAt = Date.now();
      relay.restart();
      tell(
        `after a killed relay the last process had the next after ${await clients.reach(last) - killedAt} ms`,
      );
    } finally {
      tell(`${await clients.end()} evaluations without an error, and no older document`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Processes that follow a file, which one more process keeps fresh. */
export async function hostWithSnapshot({ processes, changes, tell }: HostRun): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "flipt-host-"));
  const path = join(folder, "flags.snapshot");
  try {
    await using flipt = await FliptTestServer.start({ documents: { shop: numberedDocument(1) } });
    const way = { way: "writer", url: flipt.url, path } as const;
    await using first = new ClientProcess(way);
    await first.ready();
    await until("the writer streams", () => flipt.streams === 1);
    const asked = flipt.requests.length;
    const clients = await ClientProcesses.start(
      Array.from({ length: processes - 1 }, () => ({ way: { way: "snapshot", path } }) as const),
    );
    const last = changes + 2;
    const startedAt = Date.now();
    try {
      const millis = await changeFlags(changes, flipt, clients);
      const requests = flipt.requests.length - asked;
      tell(`${processes} processes, ${changes} changes: the last process had them after ${figures(millis)}`);
      tell(`the server was asked ${requests} times meanwhile`);
      // The one process that asks has a proof of life each 5 s.
      if (requests > 5 + (Date.now() - startedAt) / 4_000) {
        throw new Error(`the server was asked ${requests} times`);
      }

      await first[Symbol.asyncDispose]();
      flipt.setDocument("shop", numberedDocument(last));
      await using _second = new ClientProcess(way);
      const { length } = clients.all;
      await clients.reach(last);
      tell(`another process writes in the place of the first: all ${length} had the next change`);
    } finally {
      tell(`${await clients.end()} evaluations without an error, and no older document`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median and the maximum of times. */
export function figures(millis: readonly number[]): string {
  const sorted = millis.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return `${at(0.5).toFixed(0)} ms (median), ${at(0.99).toFixed(0)} ms (p99), ${
    (sorted.at(-1) ?? NaN).toFixed(0)
  } ms (at most)`;
}
