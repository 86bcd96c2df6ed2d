/**
 * A relay: asks a Flipt server once for any number of clients, and passes the flags on in Flipt's own protocol. The command
 * `flipt-ffi relay` runs one.
 *
 * @example
 * ```ts ignore
 * import { runRelay } from "@flipt-ffi/client/relay";
 *
 * const relay = await runRelay({
 *   url: "https://flipt.example.com",
 *   namespaces: ["shop", "search"],
 *   authentication: { clientToken: "the token" },
 *   listen: "unix:/run/flipt.sock",
 *   store: "/var/lib/flipt-relay",
 * });
 * ```
 *
 * @module
 */

export { runRelay } from "./relay.ts";
export type { Relay } from "./relay.ts";
export type {
  RelayedPlace,
  RelayEvent,
  RelayOptions,
  RelayRedisOptions,
  RelayServerOptions,
} from "./options.ts";
export type { RedisClientLike } from "../store/redis_client.ts";
export type { RelayedNamespace, RelayRole, RelayStatus } from "./report.ts";
export type { ClientOptions, FetchMode } from "../src/options/client_options.ts";
export type { SnapshotStore } from "../src/options/store.ts";
export type { ClientState } from "../src/state/client_status.ts";
