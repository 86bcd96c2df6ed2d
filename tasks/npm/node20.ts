// Replacements for JavaScript functions that Node 20 lacks. The bundler injects them where they are used.

/** Returns a promise with its resolving functions, like `Promise.withResolvers()`. */
export function promiseWithResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: PromiseWithResolvers<T>["resolve"] = () => {};
  let reject: PromiseWithResolvers<T>["reject"] = () => {};
  const promise = new Promise<T>((onFulfilled, onRejected) => {
    resolve = onFulfilled;
    reject = onRejected;
  });
  return { promise, resolve, reject };
}

/** Whether a URL can be parsed, as `URL.canParse()` tells. */
export function canParseUrl(url: string | URL, base?: string | URL): boolean {
  try {
    new URL(url, base);
    return true;
  } catch {
    return false;
  }
}
