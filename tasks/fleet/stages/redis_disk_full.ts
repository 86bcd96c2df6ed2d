// A Redis whose disk is full: it refuses to write, and the relay says so; clients answer on, and get the newest document when
// there is room again.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import { LIBRARIES } from "../../../tests/support/redis_clients.ts";
import { missingRedis, RedisServer } from "../../../tests/support/redis.ts";
import { TestWriter } from "../../../tests/support/redis_writers.ts";
import { change, numbered, numberOf, present, Reader, type Stage, until } from "../stage.ts";

/** A file system in memory, which only root may mount. */
class SmallDisk {
  readonly path: string = mkdtempSync(join(tmpdir(), "flipt-disk-"));
  readonly isMounted: boolean =
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", this.path]).status === 0;

  /** Leaves no room. */
  fill(): void {
    for (let bytes = 4 << 20; bytes >= 1; bytes >>= 1) {
      try {
        writeFileSync(join(this.path, `filler-${bytes}`), Buffer.alloc(bytes));
      } catch {
        // As much as fits has been written.
      }
    }
  }

  /** Leaves room again. */
  clear(): void {
    for (let bytes = 4 << 20; bytes >= 1; bytes >>= 1) {
      rmSync(join(this.path, `filler-${bytes}`), { force: true });
    }
  }

  [Symbol.dispose](): void {
    if (this.isMounted) spawnSync("umount", ["-l", this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The stage. */
export const redisDiskFull: Stage = {
  name: "redis disk full",
  missing() {
    const missing = missingRedis();
    if (missing !== false) return missing;
    using disk = new SmallDisk();
    return disk.isMounted ? undefined : "a small disk can only be mounted by root";
  },
  async run(tell) {
    using disk = new SmallDisk();
    await using server = await RedisServer.start(undefined, "--appendonly", "yes", "--dir", disk.path);
    await using relay = await TestWriter.start(server.url, { document: numbered(1) });
    await relay.stored();
    await using readers = new AsyncDisposableStack();
    const all: Reader[] = [];
    for (const library of present(LIBRARIES)) {
      all.push(readers.use(await Reader.start(library.name, await library.open(server.url))));
    }
    await change(2, [relay], all);
    disk.fill();
    let number = 2;
    await until("Redis refuses to write", () => {
      relay.give(numbered(++number, "x".repeat(4_000)));
      return relay.errors.some(({ message }) => message.includes("MISCONF"));
    });
    const held = all.map(({ client }) => numberOf(client));
    tell(`refused: ${relay.errors.find(({ message }) => message.includes("MISCONF"))?.message}`);
    await until("it no longer leads", () => relay.writer.role === "follower");
    for (const [index, { client }] of all.entries()) {
      if (numberOf(client) < (held[index] ?? 0)) throw new Error("a client lost what it had");
    }
    disk.clear();
    tell(`there is room again: the change after ${(await change(number + 1, [relay], all)).toFixed(0)} ms`);
  },
};
