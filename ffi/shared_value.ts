// What all copies of this package in a thread share: it may be there twice, as an ES module and as a CommonJS one.

/** The value of a name; made by the first copy that asks for it. Where globals are frozen, each copy has its own. */
export function sharedValue<Value>(name: string, make: () => Value): Value {
  const key = Symbol.for(`@flipt-ffi/client/${name}`);
  const values = globalThis as unknown as Record<symbol, Value | undefined>;
  const value = values[key] ?? make();
  try {
    values[key] = value;
  } catch {
    // Nothing can be added to them.
  }
  return value;
}
