// Replacements for JavaScript functions that tests use and Node 20 lacks. They are not injected into the package.

/** Groups values by a key, like `Object.groupBy()`. */
export function groupBy<T>(
  values: Iterable<T>,
  keyOf: (value: T, index: number) => string,
): Partial<Record<string, T[]>> {
  const groups: Partial<Record<string, T[]>> = Object.create(null);
  let index = 0;
  for (const value of values) (groups[keyOf(value, index++)] ??= []).push(value);
  return groups;
}
