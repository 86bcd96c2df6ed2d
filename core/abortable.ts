// Waiting that an AbortSignal can end, also for work that knows nothing of the signal.

/** Settles as `promise` does, or rejects with the signal's reason as soon as that is aborted. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(signal.reason);
    if (signal.aborted) end();
    promise.then(resolve, reject).finally(onAbort(signal, end));
  });
}

/** Throws the reason of a signal that is aborted: jsdom's, in Jest 29, knows no `throwIfAborted()`, and no reason. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason ?? new DOMException("it was aborted", "AbortError");
}

/** What waits for each signal. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once when a signal is aborted. However many wait, the signal has one listener, since Node 20 warns of more
 * than ten.
 * @returns what ends the waiting.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = waiting.get(signal);
  if (callbacks === undefined) {
    const all = callbacks = new Set<() => void>();
    waiting.set(signal, all);
    signal.addEventListener("abort", () => all.forEach((each) => each()), { once: true });
  }
  callbacks.add(callback);
  return () => void callbacks.delete(callback);
}
