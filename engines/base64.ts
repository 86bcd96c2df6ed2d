// Base64 (standard alphabet, padded) to bytes and back, on every runtime.

interface NativeBase64 {
  readonly fromBase64?: (text: string, options?: { readonly lastChunkHandling?: "strict" }) => Uint8Array;
}

interface NativeBytes {
  readonly toBase64?: () => string;
}

// String.fromCharCode takes its bytes as arguments, of which an engine allows only so many.
const CHUNK = 0x2000;

/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  const native = (bytes as NativeBytes).toBase64;
  if (native !== undefined) return native.call(bytes);
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += CHUNK) {
    parts.push(String.fromCharCode(...bytes.subarray(i, i + CHUNK)));
  }
  return btoa(parts.join(""));
}

/**
 * The bytes of base64 text.
 * @returns `undefined` when the text is not base64: padding, alphabet and unused bits all have to be right.
 */
export function fromBase64(text: string): Uint8Array | undefined {
  // Native decoders skip white space, which the reference refuses.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  try {
    const native = Uint8Array as NativeBase64;
    if (native.fromBase64 !== undefined) return native.fromBase64(text, { lastChunkHandling: "strict" });
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    // atob drops unused bits of the last character silently.
    return toBase64(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
