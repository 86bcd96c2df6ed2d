// The tokens by which clients of a relay may ask: one a line in a file that is read again when it changes.

import { createHash, timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { FliptError } from "../core/errors.ts";
import { ensureFilePermission } from "../ffi/permissions_deno.ts";

/** How long what was read counts, in milliseconds: looking at the file costs more than answering. */
const FRESH_MS = 1_000;

/** Tells whether a client may ask. */
export class ClientTokens {
  readonly #path: string;
  readonly #now: () => number;
  #hashes: readonly Uint8Array[] = [];
  #stamp = "";
  #checkedAt = -Infinity;
  #checking: Promise<void> | undefined;

  private constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  /**
   * Reads the file.
   * @throws {FliptError} (rejects) when it cannot be read, or has no token in it.
   */
  static async open(path: string, now: () => number = () => performance.now()): Promise<ClientTokens> {
    const tokens = new ClientTokens(path, now);
    await tokens.#read();
    return tokens;
  }

  /** Returns whether the header `Authorization` has a token of the file. */
  async accepts(authorization: string | undefined): Promise<boolean> {
    if (this.#now() - this.#checkedAt >= FRESH_MS) {
      // While the file cannot be read or is empty, as in the middle of a renewal, the tokens before count.
      await (this.#checking ??= this.#read().catch(() => {}).finally(() => this.#checking = undefined));
    }
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
    if (token === undefined) return false;
    const hash = hashOf(token);
    return this.#hashes.reduce((isKnown, each) => timingSafeEqual(each, hash) || isKnown, false);
  }

  async #read(): Promise<void> {
    this.#checkedAt = this.#now();
    let text: string;
    try {
      await ensureFilePermission("read", this.#path);
      const { mtimeMs, size, ino } = await stat(this.#path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === this.#stamp) return;
      text = await readFile(this.#path, "utf8");
      this.#stamp = stamp;
    } catch (cause) {
      throw new FliptError(`the file of client tokens ${this.#path} cannot be read`, { cause });
    }
    const tokens = text.split("\n").map((line) => line.trim()).filter((line) => !/^(#|$)/.test(line));
    if (tokens.length === 0) {
      throw new FliptError(`the file of client tokens ${this.#path} has no token in it`);
    }
    this.#hashes = tokens.map(hashOf);
  }
}

function hashOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
