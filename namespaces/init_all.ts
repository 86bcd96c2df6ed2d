// Several namespaces in one process: a client each, which start together and share what can be shared.

import { isObject, mustBe } from "../core/describe.ts";
import { isError, ValidationError } from "../core/errors.ts";
import { noOptions } from "../core/option_names.ts";
import { chooseEngine } from "../engines/choice.ts";
import { systemClock } from "../ffi/system_clock.ts";
import type { Parts } from "../src/assemble.ts";
import { type FliptClient, initClient } from "../src/client.ts";
import { attachedParts } from "../src/evaluation/client_parts.ts";
import type { ClientOptions } from "../src/options/client_options.ts";
import { resolveOptions } from "../src/options/options.ts";
import type { SnapshotStore } from "../src/options/store.ts";
import type { Surroundings } from "../src/start.ts";
import { SharedSchedule } from "./shared_schedule.ts";

/** Options of `initAll`: those of `FliptClient.init`, for all namespaces. */
export interface NamespacesOptions
  extends Omit<ClientOptions, "namespace" | "store" | "snapshot" | "fetcher" | "defaults"> {
  /** The namespaces. */
  readonly namespaces: readonly string[];
  /** Returns the store of a namespace. @default none */
  readonly store?: (namespace: string) => SnapshotStore | undefined;
}

/** The clients of several namespaces. */
export interface NamespaceClients extends Disposable, AsyncDisposable {
  /** The clients that have started, by namespace. */
  readonly clients: ReadonlyMap<string, FliptClient>;
  /** Why the others have not, by namespace. */
  readonly failures: ReadonlyMap<string, Error>;
  /** Closes all clients. */
  close(): void;
}

const system: Surroundings = { clock: systemClock, chooseEngine };

/**
 * Makes a client for each of several namespaces. They start at the same time, poll one after the other on one schedule, and
 * keep their flag states apart. A namespace that fails, for example because it does not exist, fails alone: it is among the
 * `failures`. With `errorStrategy: "fallback"` none fails.
 *
 * @returns the clients. The caller closes them.
 * @throws {ValidationError} (rejects) that lists everything wrong with the options.
 *
 * @example
 * ```ts
 * import { initAll } from "@flipt-ffi/client/namespaces";
 * import { flagDocument, FliptTestServer } from "@flipt-ffi/client/testing";
 *
 * await using flipt = await FliptTestServer.start({
 *   documents: {
 *     shop: flagDocument({ "dark-mode": true }, "shop"),
 *     search: flagDocument({ fuzzy: false }, "search"),
 *   },
 * });
 * await using all = await initAll({ url: flipt.url, namespaces: ["shop", "search"] });
 * console.assert(all.clients.get("shop")?.isEnabled("dark-mode", "user-1"));
 * console.assert(all.failures.size === 0);
 * ```
 */
export function initAll(options: NamespacesOptions): Promise<NamespaceClients> {
  return initNamespaces(options, system);
}

/** Makes the clients in given surroundings. @internal */
export async function initNamespaces(
  options: NamespacesOptions,
  surroundings: Surroundings,
): Promise<NamespaceClients> {
  const { namespaces, store, ...shared } = checked(options);
  const each = namespaces.map((namespace): ClientOptions => ({
    ...shared,
    namespace,
    store: store?.(namespace),
  }));
  // What is wrong with an option is wrong for all, and is told before anything is started.
  const [settings] = each.map((one) => resolveOptions(one));
  const started = await Promise.allSettled(each.map((one) => initClient(one, surroundings)));
  const clients = new Map<string, FliptClient>();
  const failures = new Map<string, Error>();
  for (const [index, namespace] of namespaces.entries()) {
    const result = started[index];
    if (result?.status === "fulfilled") clients.set(namespace, result.value);
    else if (result !== undefined) failures.set(namespace, errorOf(result.reason));
  }
  const all = [...clients.values()];
  const { updateInterval = 0, fetchMode, source } = settings ?? {};
  let schedule: SharedSchedule | undefined;
  if (updateInterval > 0 && fetchMode === "polling" && source === undefined) {
    const parts = all.map((client) => attachedParts<Parts>(client, "initAll"));
    schedule = new SharedSchedule(parts, updateInterval, surroundings.clock);
    schedule.start();
  }
  const close = (): void => {
    schedule?.stop();
    for (const client of all) client.close();
  };
  return {
    clients,
    failures,
    close,
    [Symbol.dispose]: close,
    [Symbol.asyncDispose]: async () => {
      schedule?.stop();
      await Promise.all(all.map((client) => client[Symbol.asyncDispose]()));
    },
  };
}

/** Checks what is not an option of a client. @throws {ValidationError} when it cannot be used. */
function checked(options: unknown): NamespacesOptions {
  if (!isObject(options)) throw noOptions("initAll()", options);
  const { namespaces, store } = options;
  if (!Array.isArray(namespaces)) {
    throw new ValidationError(`namespaces ${mustBe("an array with at least one namespace", namespaces)}`);
  }
  if (namespaces.length === 0) throw new ValidationError("namespaces is empty: name at least one");
  if (new Set(namespaces).size < namespaces.length) {
    throw new ValidationError("namespaces contains a namespace twice");
  }
  if (store !== undefined && typeof store !== "function") {
    throw new ValidationError(`store ${mustBe("a function that returns the store of a namespace", store)}`);
  }
  for (const name of ["namespace", "snapshot", "fetcher", "defaults"]) {
    if (options[name] === undefined) continue;
    throw new ValidationError(`${name} is for one namespace, and not for initAll(): use FliptClient.init()`);
  }
  return options as unknown as NamespacesOptions;
}

function errorOf(reason: unknown): Error {
  return isError(reason) ? reason : new Error(String(reason));
}
