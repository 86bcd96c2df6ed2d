/**
 * A snapshot store in Deno KV, on Deno itself or over npm's `@deno/kv`.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { denoKvStore } from "@flipt-ffi/client/store/deno-kv";
 *
 * const kv = await Deno.openKv();
 * const client = await FliptClient.init({
 *   url: "https://flipt.example.com",
 *   namespace: "shop",
 *   errorStrategy: "fallback",
 *   store: denoKvStore(kv, ["flipt", "shop"]),
 * });
 * ```
 *
 * @module
 */

import type { SnapshotStore } from "../src/options/store.ts";

/** A key of Deno KV. */
export type KvKey = readonly (Uint8Array | string | number | bigint | boolean)[];

/** What is used of an entry. */
export interface KvEntry {
  /** The value; `null` where there is none. */
  readonly value: unknown;
  /** Which value it is; `null` where there is none. */
  readonly versionstamp: string | null;
}

/** What is used of an atomic operation. */
export interface KvAtomic {
  /** Makes the operation depend on a key's value being the one that was read. */
  check(entry: { readonly key: KvKey; readonly versionstamp: string | null }): KvAtomic;
  /** Sets a value. */
  set(key: KvKey, value: unknown): KvAtomic;
  /** Deletes a value. */
  delete(key: KvKey): KvAtomic;
  /** Does it all, or nothing. */
  commit(): Promise<{ readonly ok: boolean }>;
}

/** What is used of a database; a `Deno.Kv` has it. */
export interface Kv {
  /** Reads a value. */
  get(key: KvKey): Promise<KvEntry>;
  /** Goes through the entries from one key up to another. */
  list(
    selector: { readonly start: KvKey; readonly end: KvKey },
  ): AsyncIterable<{ readonly key: readonly unknown[] }>;
  /** Begins an atomic operation. */
  atomic(): KvAtomic;
}

/** The bytes of a chunk: a value of Deno KV can have 64 KiB, with what serializing it adds. */
const chunkBytes = 60_000;
/** The chunks of one operation: it can have 800 KiB. */
const chunksAtOnce = 12;
/** The values read at the same time. */
const readsAtOnce = 10;
/** How often a reader starts over, and a writer, when another writer comes between. */
const attempts = 10;
/** The milliseconds after which chunks that no head names were left behind by a writer that died. */
const abandonedMillis = 3_600_000;

/** What stands at the key itself: which chunks are the snapshot. */
interface Head {
  /** When they were written, in milliseconds since 1970. */
  readonly writtenAt: number;
  /** What tells them from other chunks written at the same time. */
  readonly id: string;
  /** How many there are. */
  readonly chunks: number;
}

/**
 * A store that is a key of a Deno KV, and keys below it. A snapshot that is too large for one value is cut into chunks;
 * the one of before stays the one that is read until all of the new one is there.
 *
 * @param kv an open database; closing it stays yours.
 * @param key the key; each namespace and environment needs one of its own.
 */
export function denoKvStore(kv: Kv, key: KvKey): SnapshotStore {
  return new DenoKvStore(kv, key);
}

class DenoKvStore implements SnapshotStore {
  readonly name: string;
  readonly #kv: Kv;
  readonly #key: KvKey;

  constructor(kv: Kv, key: KvKey) {
    this.name = `the Deno KV key [${key.map(String).join(", ")}]`;
    this.#kv = kv;
    this.#key = [...key];
  }

  async load(): Promise<string | undefined> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { value } = await this.#kv.get(this.#key);
      if (value === null) return undefined;
      if (!isHead(value)) throw new Error("what is there was not written by this store");
      const chunks = await this.#read(value);
      // Chunks that are gone were replaced meanwhile, and so was the head that named them.
      if (chunks !== undefined) return decode(chunks);
    }
    throw new Error("its parts do not fit together");
  }

  async save(snapshot: string): Promise<void> {
    const bytes = new TextEncoder().encode(snapshot);
    const chunks = Math.ceil(bytes.length / chunkBytes);
    const head: Head = { writtenAt: Date.now(), id: crypto.randomUUID(), chunks };
    for (let first = 0; first < chunks; first += chunksAtOnce) {
      const operation = this.#kv.atomic();
      for (let index = first; index < Math.min(first + chunksAtOnce, chunks); index++) {
        const chunk = bytes.slice(index * chunkBytes, (index + 1) * chunkBytes);
        operation.set(this.#chunkKey(head, index), chunk);
      }
      await operation.commit();
    }
    const old = await this.#swap(head);
    if (isHead(old)) await this.#delete(chunkIndexes(old).map((index) => this.#chunkKey(old, index)));
    await this.#sweep(head.writtenAt - abandonedMillis);
  }

  /** Puts a head in the place of the one that is there, and gives that. */
  async #swap(head: Head): Promise<unknown> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { value, versionstamp } = await this.#kv.get(this.#key);
      // Of several writers each replaces another's head, so that each head's chunks are deleted by one of them.
      const operation = this.#kv.atomic().check({ key: this.#key, versionstamp }).set(this.#key, head);
      if ((await operation.commit()).ok) return value;
    }
    throw new Error("others write to it all the time");
  }

  async #read(head: Head): Promise<Uint8Array[] | undefined> {
    const chunks: Uint8Array[] = [];
    const indexes = chunkIndexes(head);
    for (let first = 0; first < indexes.length; first += readsAtOnce) {
      const keys = indexes.slice(first, first + readsAtOnce).map((index) => this.#chunkKey(head, index));
      for (const { value } of await Promise.all(keys.map((key) => this.#kv.get(key)))) {
        if (!(value instanceof Uint8Array)) return undefined;
        chunks.push(value);
      }
    }
    return chunks;
  }

  /** Deletes what was written before `time` and is named by no head: the head is newer. */
  async #sweep(time: number): Promise<void> {
    const keys: KvKey[] = [];
    const range = { start: [...this.#key, "chunk", 0], end: [...this.#key, "chunk", time] };
    for await (const { key } of this.#kv.list(range)) keys.push(key as KvKey);
    await this.#delete(keys);
  }

  async #delete(keys: readonly KvKey[]): Promise<void> {
    for (let first = 0; first < keys.length; first += 100) {
      const operation = this.#kv.atomic();
      for (const key of keys.slice(first, first + 100)) operation.delete(key);
      await operation.commit();
    }
  }

  #chunkKey({ writtenAt, id }: Head, index: number): KvKey {
    return [...this.#key, "chunk", writtenAt, id, index];
  }
}

function isHead(value: unknown): value is Head {
  if (typeof value !== "object" || value === null) return false;
  const { writtenAt, id, chunks } = value as Partial<Record<keyof Head, unknown>>;
  return typeof writtenAt === "number" && typeof id === "string" && Number.isInteger(chunks);
}

function chunkIndexes({ chunks }: Head): number[] {
  return Array.from({ length: chunks }, (_, index) => index);
}

function decode(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}

export type { SnapshotStore };
