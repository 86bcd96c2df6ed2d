// How the list of a constraint is read, which is JSON in a text: strictly exactly where the reference library is strict.

/** A JSON list of strings; `undefined` for any other text. */
export function parseStrings(text: string): Set<string> | undefined {
  // The reference reads elements without copying, which no escape survives.
  if (text.includes("\\")) return undefined;
  const list = parseList(text);
  return list?.every((element) => typeof element === "string") ? new Set(list) : undefined;
}

/** A JSON list of 32-bit integers; `undefined` for any other text. */
export function parseIntegers(text: string): Set<number> | undefined {
  // Fractions, exponents and -0 make a number a float there, whatever its value.
  if (/[.eE]|-0/.test(text)) return undefined;
  const list = parseList(text);
  return list?.every(isInt32) ? new Set(list) : undefined;
}

function parseList(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isInt32(value: unknown): value is number {
  return typeof value === "number" && value >= -0x80000000 && value <= 0x7fffffff;
}
