// Waits for the end of a command that runs until it is interrupted.

/** Resolves when the signal is aborted. Keeps the process alive until then, which the client's timers do not. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const keepAlive = setInterval(() => {}, 60_000);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  clearInterval(keepAlive);
}
