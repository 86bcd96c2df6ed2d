// Reads one member of a zip archive: the part of the format that wheels use. Treats the archive as untrusted.

import { inflateRawSync } from "node:zlib";
import { FliptError } from "../core/errors.ts";

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const MEMBER_SIGNATURE = 0x04034b50;
/** The size of the end-of-central-directory record without its comment. */
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
/** Larger members are rejected. */
const MAX_MEMBER_BYTES = 256 << 20;

/**
 * Returns the content of one member.
 * @param archive The archive, without ZIP64 and encryption.
 * @param archiveName The name of the archive, for messages.
 * @throws {FliptError} when the archive is invalid or has no such member.
 */
export function zipMember(archive: Uint8Array, name: string, archiveName: string): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  try {
    const content = contentOf(view, archive, name);
    if (content !== undefined) return content;
  } catch (error) {
    throw new FliptError(`${archiveName} is not a zip archive, or is damaged`, { cause: error });
  }
  throw new FliptError(`${archiveName} does not contain ${name}`);
}

// Throws a RangeError for anything invalid, as a DataView does for an offset outside the archive.
function contentOf(view: DataView, archive: Uint8Array, wanted: string): Uint8Array | undefined {
  const end = endOf(view);
  let entry = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    expectSignature(view, entry, ENTRY_SIGNATURE);
    const nameLength = view.getUint16(entry + 28, true);
    const name = new TextDecoder().decode(slice(archive, entry + 46, nameLength));
    if (name === wanted) return memberAt(view, archive, entry);
    entry += 46 + nameLength + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true);
  }
  return undefined;
}

function endOf(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= 0 && at >= last - MAX_COMMENT_BYTES; at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  throw new RangeError("the end-of-central-directory record is missing");
}

function memberAt(view: DataView, archive: Uint8Array, entry: number): Uint8Array {
  if ((view.getUint16(entry + 8, true) & 1) !== 0) throw new RangeError("the member is encrypted");
  const method = view.getUint16(entry + 10, true);
  const packedLength = view.getUint32(entry + 20, true);
  const length = view.getUint32(entry + 24, true);
  const local = view.getUint32(entry + 42, true);
  expectSignature(view, local, MEMBER_SIGNATURE);
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const packed = slice(archive, start, packedLength);
  if (length > MAX_MEMBER_BYTES) throw new RangeError(`the member is too large (${length} bytes)`);
  if (method !== 0 && method !== 8) throw new RangeError(`the compression method ${method} is not supported`);
  const content = method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, length) });
  if (content.length !== length) throw new RangeError("the size of the member is not the recorded one");
  return content;
}

function slice(archive: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length > archive.length) throw new RangeError("the archive is truncated");
  return archive.subarray(start, start + length);
}

function expectSignature(view: DataView, offset: number, signature: number): void {
  if (view.getUint32(offset, true) !== signature) throw new RangeError(`there is no record at ${offset}`);
}
