// How messages name a value that is of the wrong type. Never shows the value itself: it may be a secret.

/** What kind of thing a value is, with its article: `a number`, `an array`, `null`. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "undefined":
      return "undefined";
    case "object":
      if (Array.isArray(value)) return "an array";
      if (value instanceof Map) return "a Map";
      if (value instanceof Set) return "a Set";
      if (value instanceof Promise) return "a Promise";
      return "an object";
    default:
      return `a ${typeof value}`;
  }
}

/** A string of the caller in quotes, cut where it is too long to be read, without control characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
