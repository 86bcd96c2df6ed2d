// Archives that tests make by hand.

import { crc32, deflateRawSync } from "node:zlib";

/** A zip archive with one member. */
export function zip(name: string, content: Uint8Array, method: 0 | 8 = 8): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  const packed = method === 0 ? content : new Uint8Array(deflateRawSync(content));
  const header = (signature: number, extra: number): DataView => {
    const view = new DataView(new ArrayBuffer(extra));
    view.setUint32(0, signature, true);
    return view;
  };
  const local = header(0x04034b50, 30);
  const entry = header(0x02014b50, 46);
  for (const [view, at] of [[local, 8], [entry, 10]] as const) {
    view.setUint16(at, method, true);
    view.setUint32(at + 6, crc32(content), true);
    view.setUint32(at + 10, packed.length, true);
    view.setUint32(at + 14, content.length, true);
    view.setUint16(at + 18, bytes.length, true);
  }
  const end = header(0x06054b50, 22);
  end.setUint16(8, 1, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, 46 + bytes.length, true);
  end.setUint32(16, 30 + bytes.length + packed.length, true);
  return Uint8Array.from(
    [local, bytes, packed, entry, bytes, end].flatMap((part) =>
      part instanceof DataView ? [...new Uint8Array(part.buffer)] : [...part]
    ),
  );
}

/** A wheel that need not be packed, which would take seconds. */
export function storedWheel(name: string, content: Uint8Array): Uint8Array {
  const small = zip(name, content.subarray(0, 0), 0);
  const names = new TextEncoder().encode(name).length;
  const head = small.slice(0, 30 + names);
  const tail = small.slice(30 + names);
  const [localView, tailView] = [new DataView(head.buffer), new DataView(tail.buffer)];
  for (const [view, at] of [[localView, 18], [tailView, 20]] as const) {
    view.setUint32(at, content.length, true);
    view.setUint32(at + 4, content.length, true);
  }
  tailView.setUint32(46 + names + 16, 30 + names + content.length, true);
  const archive = new Uint8Array(head.length + content.length + tail.length);
  archive.set(head);
  archive.set(content, head.length);
  archive.set(tail, head.length + content.length);
  return archive;
}
