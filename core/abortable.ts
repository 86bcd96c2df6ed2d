// Waiting that an AbortSignal can end, also for work that knows nothing of the signal.

/** Settles as `promise` does, or rejects with the signal's reason as soon as that is aborted. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Throws the reason of a signal that is aborted: jsdom's, in Jest 29, knows no `throwIfAborted()`, and no reason. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason ?? new DOMException("it was aborted", "AbortError");
}

/** What waits for each signal. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once when a signal of the user's is aborted. However many wait, the signal has one listener, since Node 20
 * warns of more than ten.
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
