// How the text of a number constraint is read: leniently exactly where the reference library is lenient.

/** A 32-bit signed decimal integer with an optional sign; NaN for any other text. */
export function parseInteger(text: string): number {
  const first = text.charCodeAt(0);
  const signed = first === 0x2b || first === 0x2d;
  let i = signed ? 1 : 0;
  if (i === text.length) return NaN;
  let value = 0;
  for (; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  if (first === 0x2d) return value <= 0x80000000 ? 0 - value : NaN;
  return value <= 0x7fffffff ? value : NaN;
}
