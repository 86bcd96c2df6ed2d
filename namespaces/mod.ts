/**
 * Several namespaces in one process: a client each, which start together and poll on one schedule.
 *
 * @example
 * ```ts ignore
 * import { initAll } from "@flipt-ffi/client/namespaces";
 *
 * const { clients, failures } = await initAll({ url: "https://flipt.example.com", namespaces: ["shop", "search"] });
 * for (const [namespace, error] of failures) console.error(namespace, error.message);
 * console.log(clients.get("shop")?.isEnabled("dark-mode", "user-1"));
 * ```
 *
 * @module
 */

export { initAll } from "./init_all.ts";
export type { NamespaceClients, NamespacesOptions } from "./init_all.ts";
export type { FliptClient } from "../src/client.ts";
export type { ClientOptions } from "../src/options/client_options.ts";
export type { SnapshotStore } from "../src/options/store.ts";
