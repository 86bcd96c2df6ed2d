// Waiting for something no longer than some time.

import type { Clock } from "./clock.ts";

/**
 * What `outcome` settles with; `undefined` when it takes too long.
 * @param background Whether the process may end meanwhile.
 */
export async function within<T>(
  outcome: Promise<T> | undefined,
  limitMs: number,
  clock: Clock,
  background: boolean,
): Promise<T | undefined> {
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(limitMs, () => resolve(undefined), { background });
  });
  return await Promise.race([outcome, late]).finally(() => cancel());
}
