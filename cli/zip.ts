// Reads one member of a zip archive: as much of the format as wheels use, every number in it mistrusted.

import { inflateRawSync } from "node:zlib";
import { FliptError } from "../core/errors.ts";

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const memberSignature = 0x04034b50;
/** The end of an archive is at least this long, and at most a comment of 64 KiB longer. */
const endLength = 22;
const longestComment = 0xffff;
/** The largest member that is unpacked, in bytes. */
const largest = 256 << 20;

/**
 * The content of one member.
 * @param archive The bytes of the archive, without ZIP64 and encryption.
 * @param what What the archive is called in messages.
 * @throws {FliptError} when it is no such archive, is damaged, or has no such member.
 */
export function zipMember(archive: Uint8Array, name: string, what: string): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  try {
    const content = contentOf(view, archive, name);
    if (content !== undefined) return content;
  } catch (error) {
    throw new FliptError(`${what} is no zip archive, or is damaged`, { cause: error });
  }
  throw new FliptError(`${what} has no ${name} in it`);
}

// A DataView throws for a place outside the archive, and so does everything else here.
function contentOf(view: DataView, archive: Uint8Array, wanted: string): Uint8Array | undefined {
  const end = endOf(view);
  let entry = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    expect(view, entry, entrySignature);
    const nameLength = view.getUint16(entry + 28, true);
    const name = new TextDecoder().decode(slice(archive, entry + 46, nameLength));
    if (name === wanted) return memberAt(view, archive, entry);
    entry += 46 + nameLength + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true);
  }
  return undefined;
}

function endOf(view: DataView): number {
  const last = view.byteLength - endLength;
  for (let at = last; at >= 0 && at >= last - longestComment; at--) {
    if (view.getUint32(at, true) === endSignature) return at;
  }
  throw new RangeError("there is no end of central directory");
}

function memberAt(view: DataView, archive: Uint8Array, entry: number): Uint8Array {
  if ((view.getUint16(entry + 8, true) & 1) !== 0) throw new RangeError("the member is encrypted");
  const method = view.getUint16(entry + 10, true);
  const packedLength = view.getUint32(entry + 20, true);
  const length = view.getUint32(entry + 24, true);
  const local = view.getUint32(entry + 42, true);
  expect(view, local, memberSignature);
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const packed = slice(archive, start, packedLength);
  if (length > largest) throw new RangeError(`the member says that it has ${length} bytes`);
  if (method !== 0 && method !== 8) throw new RangeError(`the member is packed by the method ${method}`);
  const content = method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, length) });
  if (content.length !== length) throw new RangeError("the member has another length than it says");
  return content;
}

function slice(archive: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length > archive.length) throw new RangeError("the archive ends too early");
  return archive.subarray(start, start + length);
}

function expect(view: DataView, at: number, signature: number): void {
  if (view.getUint32(at, true) !== signature) throw new RangeError(`there is no record at ${at}`);
}
