// A small disk of the soak test's own, which can be full: a file system in memory where one may be mounted, else a folder
// and clients that are told to act as if it was.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** The size of the disk, in bytes: room for some snapshots. */
const SIZE_BYTES = 1 << 20;

/** A disk. */
export class Disk {
  /** The folder for the stores. */
  readonly folder: string;
  /** Whether it is a file system that really gets full. */
  readonly isReal: boolean;
  readonly #parent: string;

  /** Makes one. */
  constructor() {
    this.#parent = mkdtempSync(join(tmpdir(), "flipt-soak-"));
    this.folder = join(this.#parent, "disk");
    mkdirSync(this.folder);
    const parameters = ["-t", "tmpfs", "-o", `size=${SIZE_BYTES}`, "tmpfs", this.folder];
    this.isReal = process.platform === "linux" && spawnSync("mount", parameters).status === 0;
  }

  /** Fills it to the last byte. */
  fill(): void {
    if (!this.isReal) return;
    const piece = new Uint8Array(4096);
    try {
      for (let bytes = 0; bytes <= SIZE_BYTES; bytes += piece.length) {
        writeFileSync(this.#filler, piece, { flag: "a" });
      }
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOSPC") throw error;
    }
  }

  /** Makes room again. */
  free(): void {
    rmSync(this.#filler, { force: true });
  }

  /** Takes it away. */
  [Symbol.dispose](): void {
    if (this.isReal) spawnSync("umount", ["--lazy", this.folder]);
    rmSync(this.#parent, { recursive: true, force: true });
  }

  get #filler(): string {
    return join(this.folder, "filler");
  }
}
