// Packs a folder as npm does: a gzipped tar archive whose files are below `package/`. The same files give the same bytes.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { concatenated } from "../../core/bytes.ts";

const BLOCK = 512;
/** The time of all files, in seconds since 1970; some programs take an earlier one for none. */
const TIME = 499_162_500;

/** Returns the archive of a package's folder. */
export function tarball(folder: string): Uint8Array {
  const files = readdirSync(folder, { recursive: true }).map((path) => String(path).replaceAll("\\", "/"))
    .sort()
    .filter((path) => statSync(join(folder, path)).isFile());
  const blocks: Uint8Array[] = [];
  for (const path of files) {
    const content = readFileSync(join(folder, path));
    const isProgram = content.subarray(0, 2).toString() === "#!";
    blocks.push(header(`package/${path}`, content.length, isProgram ? 0o755 : 0o644), content);
    blocks.push(new Uint8Array((BLOCK - content.length % BLOCK) % BLOCK));
  }
  blocks.push(new Uint8Array(2 * BLOCK));
  return gzipSync(concatenated(blocks), { level: 9 });
}

/** The header of a file, as POSIX describes it (ustar). */
function header(path: string, size: number, mode: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK);
  const put = (text: string, at: number): void => {
    bytes.set(new TextEncoder().encode(text), at);
  };
  const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, "0");
  // A name has room for 100 bytes; folders of a longer one go into a field of their own.
  const cut = path.length <= 100 ? -1 : path.indexOf("/", path.length - 101);
  if (path.length - cut > 101 || cut > 155) throw new Error(`the path ${path} is too long for an archive`);
  put(path.slice(cut + 1), 0);
  put(octal(mode, 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(octal(size, 12), 124);
  put(octal(TIME, 12), 136);
  put(" ".repeat(8), 148);
  put("0", 156);
  put("ustar\0" + "00", 257);
  if (cut > 0) put(path.slice(0, cut), 345);
  const checksum = bytes.reduce((sum, byte) => sum + byte, 0);
  put(`${octal(checksum, 7)}\0 `, 148);
  return bytes;
}
