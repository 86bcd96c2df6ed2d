// Deno KV as far as the store uses it, in memory, with Deno's limits: for what a test wants to happen in between.

import type { Kv, KvAtomic, KvEntry, KvKey } from "../../store/deno_kv.ts";

interface Stored {
  readonly key: KvKey;
  readonly value: unknown;
  readonly version: number;
}

/** A database of the test's own. */
export class MemoryKv implements Kv {
  /** Runs before each read. */
  beforeGet: (key: KvKey) => void | Promise<void> = () => {};
  /** Runs before each atomic operation. */
  beforeCommit: () => void | Promise<void> = () => {};
  readonly #entries = new Map<string, Stored>();
  #version = 0;

  /** How many values there are. */
  get size(): number {
    return this.#entries.size;
  }

  async get(key: KvKey): Promise<KvEntry> {
    await this.beforeGet(key);
    const stored = this.#entries.get(JSON.stringify(key));
    return { value: stored?.value ?? null, versionstamp: stored === undefined ? null : `${stored.version}` };
  }

  async *list({ start, end }: { readonly start: KvKey; readonly end: KvKey }): AsyncIterable<{ key: KvKey }> {
    await Promise.resolve();
    for (const { key } of [...this.#entries.values()]) {
      if (compare(key, start) >= 0 && compare(key, end) < 0) yield { key };
    }
  }

  atomic(): KvAtomic {
    const checks: { readonly key: KvKey; readonly versionstamp: string | null }[] = [];
    const changes: { readonly key: KvKey; readonly value: unknown }[] = [];
    const operation: KvAtomic = {
      check: (entry) => (checks.push(entry), operation),
      set: (key, value) => (changes.push({ key, value }), operation),
      delete: (key) => (changes.push({ key, value: undefined }), operation),
      commit: async () => {
        await this.beforeCommit();
        return { ok: this.#commit(checks, changes) };
      },
    };
    return operation;
  }

  #commit(
    checks: readonly { readonly key: KvKey; readonly versionstamp: string | null }[],
    changes: readonly { readonly key: KvKey; readonly value: unknown }[],
  ): boolean {
    const sizes = changes.map(({ value }) => value instanceof Uint8Array ? value.length : 0);
    if (sizes.some((size) => size > 65_000)) throw new TypeError("Value too large (max 65536 bytes)");
    if (sizes.reduce((sum, size) => sum + size, 0) > 800_000) {
      throw new TypeError("Total mutation size too large (max 819200 bytes)");
    }
    for (const { key, versionstamp } of checks) {
      const stored = this.#entries.get(JSON.stringify(key));
      if ((stored === undefined ? null : `${stored.version}`) !== versionstamp) return false;
    }
    const version = ++this.#version;
    for (const { key, value } of changes) {
      if (value === undefined) this.#entries.delete(JSON.stringify(key));
      else this.#entries.set(JSON.stringify(key), { key, value, version });
    }
    return true;
  }
}

/** The order of keys: part by part; the keys of the store differ in parts of one type only. */
function compare(a: KvKey, b: KvKey): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left, right] = [a[index] ?? "", b[index] ?? ""];
    if (left < right) return -1;
    if (left > right) return 1;
  }
  return a.length - b.length;
}
