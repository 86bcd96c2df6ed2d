// Quantiles.

/** Returns a quantile of sorted numbers, such as the median for 0.5. */
export function quantile(sorted: readonly number[], probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** Returns the median of numbers in any order. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers.toSorted((left, right) => left - right), 0.5);
}
