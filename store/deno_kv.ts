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

import { checkArgument } from "../core/argument_checks.ts";
import { methodsProblem, mustBe } from "../core/describe.ts";
import type { SnapshotStore } from "../src/options/store.ts";

/** A key of Deno KV. */
export type KvKey = readonly (Uint8Array | string | number | bigint | boolean)[];

/** The part of an entry that is used. */
export interface KvEntry {
  /** The value; `null` when there is none. */
  readonly value: unknown;
  /** The version of the value; `null` when there is none. */
  readonly versionstamp: string | null;
}

/** The part of an atomic operation that is used. */
export interface KvAtomic {
  /** Makes the operation fail if the value of a key has changed since it was read. */
  check(entry: { readonly key: KvKey; readonly versionstamp: string | null }): KvAtomic;
  /** Sets a value. */
  set(key: KvKey, value: unknown): KvAtomic;
  /** Deletes a value. */
  delete(key: KvKey): KvAtomic;
  /** Applies all changes or, if a check fails, none. */
  commit(): Promise<{ readonly ok: boolean }>;
}

/** The part of a database that is used. A `Deno.Kv` has it. */
export interface Kv {
  /** Reads a value. */
  get(key: KvKey): Promise<KvEntry>;
  /** Iterates over the entries from `start` up to `end`, which is exclusive. */
  list(
    selector: { readonly start: KvKey; readonly end: KvKey },
  ): AsyncIterable<{ readonly key: readonly unknown[] }>;
  /** Returns a new atomic operation. */
  atomic(): KvAtomic;
}

/** The size of a chunk: the limit of Deno KV is 64 KiB for a serialized value. */
const CHUNK_BYTES = 60_000;
/** How many chunks one operation writes: the limit of Deno KV is 800 KiB. */
const MAX_CHUNKS_PER_OPERATION = 12;
/** How many values are read concurrently. */
const MAX_CONCURRENT_READS = 10;
/** How often a read or write is attempted when other writers interfere. */
const MAX_ATTEMPTS = 10;
/** Chunks without a head that are older than this were left behind by a writer that died. */
const ABANDONED_AFTER_MS = 3_600_000;

/** The value of the key itself: refers to the chunks of the snapshot. */
interface Head {
  /** When the chunks were written, in milliseconds since 1970. */
  readonly writtenAt: number;
  /** Distinguishes them from chunks written at the same time. */
  readonly id: string;
  /** The number of chunks. */
  readonly chunks: number;
}

/**
 * Returns a store in a key of Deno KV and keys below it. A large snapshot is split into chunks. Readers see the
 * previous snapshot until the new one is complete.
 *
 * @param kv An open database. The caller closes it.
 * @param key The key. Each namespace and environment needs its own.
 * @throws {ValidationError} when it is not given a database and a key.
 */
export function denoKvStore(kv: Kv, key: KvKey): SnapshotStore {
  checkArgument("kv of denoKvStore()", methodsProblem(kv, "a Deno KV database", "get", "list", "atomic"));
  checkArgument("key of denoKvStore()", Array.isArray(key) ? undefined : mustBe("an array", key));
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
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { value } = await this.#kv.get(this.#key);
      if (value === null) return undefined;
      if (!isHead(value)) throw new Error("its value was not written by this store");
      const chunks = await this.#read(value);
      // If a chunk is missing, a writer has replaced the head in the meantime.
      if (chunks !== undefined) return decode(chunks);
    }
    throw new Error("it was replaced during every attempt to read it");
  }

  async save(snapshot: string): Promise<void> {
    const bytes = new TextEncoder().encode(snapshot);
    const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
    const head: Head = { writtenAt: Date.now(), id: crypto.randomUUID(), chunks };
    for (let first = 0; first < chunks; first += MAX_CHUNKS_PER_OPERATION) {
      const operation = this.#kv.atomic();
      for (let index = first; index < Math.min(first + MAX_CHUNKS_PER_OPERATION, chunks); index++) {
        const chunk = bytes.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
        operation.set(this.#chunkKey(head, index), chunk);
      }
      await operation.commit();
    }
    const old = await this.#swap(head);
    if (isHead(old)) await this.#delete(chunkIndexes(old).map((index) => this.#chunkKey(old, index)));
    await this.#deleteAbandoned(head.writtenAt - ABANDONED_AFTER_MS);
  }

  /** Replaces the head. Returns the previous one. */
  async #swap(head: Head): Promise<unknown> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { value, versionstamp } = await this.#kv.get(this.#key);
      // With several writers, each head is replaced by exactly one of them, which deletes its chunks.
      const operation = this.#kv.atomic().check({ key: this.#key, versionstamp }).set(this.#key, head);
      if ((await operation.commit()).ok) return value;
    }
    throw new Error("other writers replaced it during every attempt to write it");
  }

  async #read(head: Head): Promise<Uint8Array[] | undefined> {
    const chunks: Uint8Array[] = [];
    const indexes = chunkIndexes(head);
    for (let first = 0; first < indexes.length; first += MAX_CONCURRENT_READS) {
      const keys = indexes.slice(first, first + MAX_CONCURRENT_READS).map((index) =>
        this.#chunkKey(head, index)
      );
      for (const { value } of await Promise.all(keys.map((key) => this.#kv.get(key)))) {
        if (!(value instanceof Uint8Array)) return undefined;
        chunks.push(value);
      }
    }
    return chunks;
  }

  /** Deletes the chunks written before `time`. The current head is newer. */
  async #deleteAbandoned(time: number): Promise<void> {
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
