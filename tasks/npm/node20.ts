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
