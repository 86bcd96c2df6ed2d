// One interface over the three clients of Redis that users have: node-redis, ioredis and Bun's. Also the care that none
// of them ends the process, or puts a password into a message.

import { mustBe } from "../core/describe.ts";
import { errorText, FliptError, ValidationError } from "../core/errors.ts";

/** A function of a Redis client, whatever it takes. */
export type RedisMethod = (...parameters: never[]) => unknown;

/**
 * A client of Redis or Valkey: that of node-redis (also for a cluster, or over Sentinel), ioredis (also `Cluster`), or Bun's
 * `RedisClient`. These are the members that are used; no client has all of them.
 */
export interface RedisClientLike {
  /** `HMGET`, in node-redis. */
  hmGet?: RedisMethod;
  /** `HMGET`, in ioredis and Bun. */
  hmget?: RedisMethod;
  /** `EVAL`, in node-redis and ioredis. */
  eval?: RedisMethod;
  /** Any command, in Bun. */
  send?: RedisMethod;
  /** `SUBSCRIBE`. */
  subscribe?: RedisMethod;
  /** `UNSUBSCRIBE`. */
  unsubscribe?: RedisMethod;
  /** Makes a client with another connection to the same server. */
  duplicate?: RedisMethod;
  /** Opens the connection. */
  connect?: RedisMethod;
  /** Closes the connection at once, in node-redis. */
  destroy?: RedisMethod;
  /** Closes the connection at once, in ioredis. */
  disconnect?: RedisMethod;
  /** Closes the connection, in Bun. */
  close?: RedisMethod;
  /** Adds an event listener. */
  on?: RedisMethod;
  /** Removes an event listener. */
  off?: RedisMethod;
  /** Returns the number of event listeners. */
  listenerCount?: RedisMethod;
}

/** The commands that are sent. */
export interface RedisCalls {
  /** `HMGET`: the values of fields of a hash, `null` for one that is not there. */
  hmget(key: string, fields: readonly string[]): Promise<readonly unknown[]>;
  /** `EVAL`. */
  eval(script: string, keys: readonly string[], parameters: readonly string[]): Promise<unknown>;
}

/** What a subscription tells. */
export interface SubscriptionEvents {
  /** A message came. */
  onMessage(channel: string, message: string): void;
  /** It is subscribed, for the first time or again: messages may have been missed before. */
  onSubscribed(): void;
  /** The connection was lost, or subscribing failed. */
  onTrouble(error: Error): void;
}

/** Channels that are followed. */
export interface Subscription {
  /** Follows another channel. */
  add(channel: string): void;
  /** Subscribes once more where that failed. */
  renew(): void;
  /** Ends it, and closes its connection where that is its own. */
  close(): void;
}

/** A client in the hands of any of the three libraries; `undefined` parameters are left out. */
type Loose = { readonly [name: string]: (...parameters: unknown[]) => unknown };

/** Which library a client is of. */
export type RedisLibrary = "node-redis" | "ioredis" | "bun";

/**
 * Returns which library a client is of.
 * @throws {ValidationError} when it is of none that is known.
 */
export function libraryOf(client: RedisClientLike, option: string): RedisLibrary {
  const has = (name: keyof RedisClientLike): boolean => typeof client?.[name] === "function";
  if (has("hmGet")) return "node-redis";
  if (has("hmget")) return has("on") ? "ioredis" : "bun";
  throw new ValidationError(
    `${option} ${mustBe("a client of node-redis, ioredis or Bun, such as createClient({ url })", client)}`,
  );
}

/** Adds a listener for `error` if there is none: an unhandled one ends a Node process when Redis goes away. */
export function keepAlive(client: RedisClientLike): void {
  const { on, listenerCount } = loose(client);
  if (listenerCount !== undefined && listenerCount.call(client, "error") === 0) {
    on?.call(client, "error", () => {});
  }
}

/**
 * Returns what sends commands over a client of the user.
 * @throws {ValidationError} when it is of no library that is known.
 */
export function redisCalls(client: RedisClientLike): RedisCalls {
  const library = libraryOf(client, "client");
  const calls = loose(client);
  keepAlive(client);
  const call = async (name: string, ...parameters: unknown[]): Promise<unknown> => {
    try {
      if (library === "bun") await reconnectBun(client);
      return await calls[name]?.call(client, ...parameters);
    } catch (error) {
      throw redisError(error);
    }
  };
  return {
    hmget: async (key, fields) => {
      const values = library === "node-redis"
        ? call("hmGet", key, [...fields])
        : call("hmget", key, ...(library === "bun" ? [[...fields]] : fields));
      return await values as readonly unknown[];
    },
    eval: (script, keys, parameters) => {
      if (library === "node-redis") {
        return call("eval", script, { keys: [...keys], arguments: [...parameters] });
      }
      const all = [script, String(keys.length), ...keys, ...parameters];
      return library === "bun" ? call("send", "EVAL", all) : call("eval", ...all);
    },
  };
}

/**
 * Connects a client of Bun that has given up, as it does for good when its password is refused.
 * @throws {Error} (rejects) when that fails.
 */
export async function reconnectBun(
  client: RedisClientLike & { readonly connected?: unknown },
): Promise<void> {
  if (client.connected !== false) return;
  await loose(client).connect?.call(client);
}

/**
 * An error of a Redis library that can be shown: its own may have the command in it, with the password of `AUTH` or a whole
 * document, and the URL with its password.
 */
export function redisError(error: unknown): Error {
  const { code, errors } = (error ?? {}) as { readonly code?: unknown; readonly errors?: unknown };
  // Node joins the failures of all addresses of a host, and gives no message.
  const [first] = Array.isArray(errors) ? errors : [];
  const text = errorText(error) || errorText(first ?? "") || unnamed(error, code);
  const shown = text.replace(/(\w+:\/\/)[^/\s]*@/g, "$1***@");
  return new FliptError(shown.length > 300 ? `${shown.slice(0, 300)}…` : shown);
}

/** What to say of an error without a message, as some of node-redis are: its class says what it is. */
function unnamed(error: unknown, code: unknown): string {
  const { name } = (error ?? {}).constructor;
  return `${typeof code === "string" ? code : name} without a message`;
}

/** Calls of a client by name. A client of the user is what it says it is. */
export function loose(client: RedisClientLike): Loose {
  return client as unknown as Loose;
}
