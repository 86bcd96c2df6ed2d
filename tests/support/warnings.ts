// What a program is warned of on the console.

/** Runs `body` and returns what was given to console.warn meanwhile, call by call. */
export async function warnings(body: () => unknown): Promise<unknown[][]> {
  const seen: unknown[][] = [];
  const { warn } = console;
  console.warn = (...words: unknown[]) => void seen.push(words);
  try {
    await body();
    // A rejection is reported a few turns of the microtask queue later.
    await new Promise((resolve) => setTimeout(resolve, 0));
  } finally {
    console.warn = warn;
  }
  return seen;
}

/** Runs `body` and returns the lines that were given to console.warn meanwhile. */
export async function warnedLines(body: () => unknown): Promise<string[]> {
  return (await warnings(body)).map((words) => words.map(String).join(" "));
}
