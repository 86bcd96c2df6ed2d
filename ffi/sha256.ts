// SHA-256 by what the runtime has at hand.

import { builtin } from "./builtin_node.ts";

/** The SHA-256 of `bytes`, in lower-case hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // jsdom has none of its own. Node's module takes several times as long to load.
  const subtle = globalThis.crypto?.subtle ?? (await builtin("node:crypto")).webcrypto.subtle;
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
