// Quantiles.

/** The value below which the given part of the sorted numbers lies. */
export function quantile(sorted: readonly number[], part: number): number {
  const position = (sorted.length - 1) * part;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The middle one of numbers in any order. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers.toSorted((left, right) => left - right), 0.5);
}
