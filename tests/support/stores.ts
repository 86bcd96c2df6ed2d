// What tests of snapshot stores share: places for snapshots, and clients that have one.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientOptions, FetcherResponse, FliptClient, SnapshotStore } from "../../mod.ts";
import { shopDocument, testClient } from "./runtime.ts";
import type { DocumentJson } from "./server.ts";

/** A folder that is deleted at the end of a `using` block. */
export class Folder {
  /** Where it is. */
  readonly path: string = mkdtempSync(join(tmpdir(), "flipt-store-"));

  /** The path of a file in it. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Deletes it. */
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A store in memory that does what the test wants it to. */
export class MemoryStore implements SnapshotStore {
  /** What was saved, in order. */
  readonly saved: string[] = [];
  /** What `load` gives. */
  held: string | undefined;
  /** How many saves are under way. */
  saving = 0;
  /** The most that ever were. */
  mostAtOnce = 0;
  /** Awaited before a save is done. */
  gate: () => Promise<void> = () => Promise.resolve();

  constructor(held?: string) {
    this.held = held;
  }

  load(): Promise<string | undefined> {
    return Promise.resolve(this.held);
  }

  async save(snapshot: string): Promise<void> {
    this.saving++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.saving);
    try {
      await this.gate();
      this.saved.push(snapshot);
      this.held = snapshot;
    } finally {
      this.saving--;
    }
  }
}

/** A promise and what settles it. */
export function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

/** Lets everything that is ready to run do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A fetcher that gives these, one after the other; 404, which is not retried, when there are no more. */
export function documents(...list: DocumentJson[]): () => Promise<FetcherResponse> {
  return () => {
    const next = list.shift();
    return Promise.resolve(next === undefined ? new Response("", { status: 404 }) : Response.json(next));
  };
}

/** The options of a client of the shop that is not polled and goes on without a server. */
export function options(more: ClientOptions): ClientOptions {
  return { namespace: "shop", updateInterval: 0, errorStrategy: "fallback", ...more };
}

/** A client whose first fetch fails. */
export async function offline(store: SnapshotStore, more: ClientOptions = {}): Promise<FliptClient> {
  const { client } = await testClient(options({ store, fetcher: documents(), ...more }));
  return client;
}

/** The snapshot of a document, as a client takes it. */
export async function snapshotOf(document: DocumentJson, namespace = "shop"): Promise<string> {
  const { client } = await testClient({ namespace, updateInterval: 0, fetcher: documents(document) });
  using _ = client;
  return client.getSnapshot();
}

/** A large snapshot, and its way there and back through a store. */
export async function assertKeeps(store: SnapshotStore): Promise<void> {
  assert.equal(await store.load(), undefined);
  const large = "0123456789abcdef".repeat(250_000);
  for (const snapshot of ["first", large, ""]) {
    await store.save(snapshot);
    assert.equal(await store.load(), snapshot);
  }
  const { client } = await testClient(options({ store, fetcher: documents(shopDocument()) }));
  await client[Symbol.asyncDispose]();
  using second = await offline(store);
  assert.equal(second.evaluateVariant("banner", "e").variantKey, "winter");
}
