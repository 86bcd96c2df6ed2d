// What the programs of most tools do with the client, and what they report. As CommonJS it is generated from this.

import { FetchError, FliptClient, fileStore } from "@flipt-ffi/client";

const { env } = globalThis.process;
export const url = env.FLIPT_URL;
export const namespace = env.FLIPT_NAMESPACE;

/** As it was before a test replaced it. */
const realSetTimeout = setTimeout;

/** Has the flags changed at the server. */
export async function change() {
  const response = await fetch(`${env.FLIPT_CONTROL}/${namespace}`, { method: "POST" });
  await response.text();
}

/** What a server answers with. */
export function answersOf(client) {
  return {
    engine: client.engine.kind,
    reason: client.engine.reason,
    boolean: client.evaluateBoolean("dark-mode", "user-1").enabled,
    variant: client.evaluateVariant("theme", "user-1", { country: "NL" }).variantKey,
  };
}

/** Prints a report where the task finds it. */
export function report(client, checks) {
  const { kind, reason } = client.engine;
  console.log(`REPORT ${JSON.stringify({ engine: kind, reason, checks })}`);
}

/** Gives `true`, or what was there in the place of what was expected. */
export function same(actual, expected) {
  return actual === expected || `${JSON.stringify(actual)} in the place of ${JSON.stringify(expected)}`;
}

/**
 * Checks a client, in the order of a program's life, and reports.
 * @param options `hasFiles`: whether there are files for a store. `replaceTimers`: replaces the timers, and returns what
 * restores them. `more`: further checks, each given the client.
 */
export async function check({ hasFiles = true, replaceTimers, more = {} } = {}) {
  // A client does not keep a program alive.
  const alive = setInterval(() => {}, 1000);
  const checks = replaceTimers === undefined ? {} : { timers: await checkTimers(replaceTimers) };
  const store = hasFiles ? fileStore(`${env.FLIPT_FOLDER}/${namespace}.flipt`) : undefined;
  const client = await FliptClient.init({ url, namespace, updateInterval: 0.1, store });
  let snapshot;
  try {
    checks.boolean = same(client.evaluateBoolean("dark-mode", "user-1").enabled, true);
    checks.variant = same(client.evaluateVariant("theme", "user-1", { country: "NL" }).variantKey, "winter");
    const { result } = await client.explain("boolean", "dark-mode", "user-1");
    checks.explain = same(result.enabled, true);
    const changed = new Promise((resolve) => client.on("update", resolve));
    await change();
    await changed;
    checks.change = same(answersOf(client).variant, "summer");
    snapshot = client.getSnapshot();
    for (const [name, work] of Object.entries(more)) checks[name] = await work(client);
  } finally {
    await client[Symbol.asyncDispose]();
  }
  Object.assign(checks, await checkOutage(store, snapshot));
  clearInterval(alive);
  report(client, checks);
  return checks;
}

/** Whether a client is made and refreshed while a test has replaced the timers; before any other is made. */
async function checkTimers(replace) {
  const restore = replace();
  let timer;
  const tooLate = new Promise((resolve) => {
    timer = realSetTimeout(() => resolve("it hangs"), 5000);
  });
  try {
    return await Promise.race([withReplacedTimers(), tooLate]);
  } finally {
    restore();
    clearTimeout(timer);
  }
}

async function withReplacedTimers() {
  const client = await FliptClient.init({ url, namespace, engine: env.FLIPT_ENGINE });
  await client.refresh();
  client.close();
  return true;
}

/** A client whose server is not there says so, with an error of its own, and starts from what the other one stored. */
async function checkOutage(store, snapshot) {
  const offline = await FliptClient.init({
    url: env.FLIPT_NOWHERE,
    namespace,
    errorStrategy: "fallback",
    updateInterval: 0,
    ...(store === undefined ? { snapshot } : { store }),
  });
  const error = offline.status.lastError;
  const isToldOf = error instanceof FetchError && /refused/i.test(error.message);
  const outage = isToldOf || `${error?.name}: ${error?.message}`;
  const stored = store === undefined ? {} : { store: same(offline.listFlags().length, 2) };
  offline.close();
  return { outage, ...stored };
}
