// Text of a URL as it was before it was written there.

/** The text; as it is, where a `%` in it begins no byte. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
