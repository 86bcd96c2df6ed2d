// Follows channels of Redis, over a connection of its own: one that is subscribed can send no other commands.

import { FliptError } from "../core/errors.ts";
import type { RedisClientLike, RedisLibrary, Subscription, SubscriptionEvents } from "./redis_client.ts";
import { keepAlive, libraryOf, loose, reconnectBun, redisError } from "./redis_client.ts";

/** What node-redis emits when a connection is there again, also of a cluster and over Sentinel. */
const READY_EVENTS = ["ready", "node-ready", "topology-change"] as const;

/**
 * Follows channels.
 * @param client What is asked for the connection, where `subscriber` is none.
 * @param subscriber A client that does nothing else. It stays open at the end.
 */
export function subscribe(
  client: RedisClientLike,
  subscriber: RedisClientLike | undefined,
  events: SubscriptionEvents,
): Subscription {
  return new ChannelFollower(client, subscriber, events);
}

class ChannelFollower implements Subscription {
  readonly #library: RedisLibrary;
  readonly #events: SubscriptionEvents;
  readonly #channels = new Set<string>();
  readonly #own: boolean;
  readonly #listeners: (readonly [event: string, listener: (...parameters: unknown[]) => void])[] = [];
  readonly #client: RedisClientLike;
  readonly #shared: RedisClientLike | undefined;
  #connection: RedisClientLike | undefined;
  #opening: Promise<void> | undefined;
  #hasFailed = false;
  #isClosed = false;

  constructor(client: RedisClientLike, subscriber: RedisClientLike | undefined, events: SubscriptionEvents) {
    this.#events = events;
    this.#library = libraryOf(subscriber ?? client, subscriber === undefined ? "client" : "subscriber");
    // Those of node-redis for a cluster and for Sentinel have a connection for subscriptions in them.
    const hasOwn = "masters" in client || "getSentinelNode" in client;
    this.#client = client;
    this.#shared = subscriber ?? (hasOwn ? client : undefined);
    this.#own = this.#shared === undefined;
    this.renew();
  }

  renew(): void {
    if (this.#isClosed || this.#opening !== undefined) return;
    if (this.#connection !== undefined && !this.#hasFailed) {
      if (this.#library === "bun") void reconnectBun(this.#connection).catch(() => {});
      return;
    }
    this.#hasFailed = false;
    this.#leave();
    this.#opening = this.#open(this.#shared).catch((error) => this.#fail(error))
      .finally(() => this.#opening = undefined);
  }

  add(channel: string): void {
    if (this.#channels.has(channel)) return;
    this.#channels.add(channel);
    void this.#subscribe([channel]);
  }

  close(): void {
    this.#isClosed = true;
    this.#leave();
  }

  #leave(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    const calls = loose(connection);
    for (const [event, listener] of this.#listeners.splice(0)) calls.off?.call(connection, event, listener);
    // A connection that is being closed may still fail.
    keepAlive(connection);
    if (this.#own) return closeNow(connection);
    for (const channel of this.#channels) {
      const parameters = this.#library === "ioredis" ? [channel] : [channel, this.#onMessage];
      void quietly(() => calls.unsubscribe?.call(connection, ...parameters));
    }
  }

  async #open(shared: RedisClientLike | undefined): Promise<void> {
    const connection = shared ?? await duplicateOf(this.#client);
    keepAlive(connection);
    if (this.#isClosed) {
      if (shared === undefined) closeNow(connection);
      return;
    }
    this.#connection = connection;
    if (this.#library === "bun") this.#listenToBun(connection as BunClient);
    else this.#listen(connection);
    if (shared === undefined && this.#library === "node-redis") {
      await loose(connection).connect?.call(connection);
      // One that is closed while it connects is open all the same afterwards.
      if (this.#connection !== connection) return closeNow(connection);
    }
    if (this.#channels.size > 0) await this.#subscribe([...this.#channels]);
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#hasFailed = true;
    this.#events.onTrouble(redisError(error));
  }

  #listen(connection: RedisClientLike): void {
    const on = (event: string, listener: (...parameters: unknown[]) => void): void => {
      this.#listeners.push([event, listener]);
      loose(connection).on?.call(connection, event, listener);
    };
    on("error", (error) => this.#events.onTrouble(redisError(error)));
    if (this.#library === "ioredis") {
      // It says that it is ready before it subscribes again.
      on("ready", () => void this.#subscribe([...this.#channels]));
      // A server that ends the connection properly causes no error event.
      on("close", () => this.#events.onTrouble(new FliptError("the connection was closed")));
      on("message", (channel, message) => this.#told(String(message), String(channel)));
      return;
    }
    for (const event of READY_EVENTS) {
      on(event, () => {
        if (this.#channels.size > 0) this.#events.onSubscribed();
      });
    }
  }

  /** Bun's client has no events but two functions, and does not subscribe again by itself. */
  #listenToBun(connection: BunClient): void {
    const { onconnect, onclose } = connection;
    connection.onconnect = (...parameters: unknown[]) => {
      onconnect?.call(connection, ...parameters);
      if (this.#connection === connection) void this.#subscribe([...this.#channels]);
    };
    connection.onclose = (...parameters: unknown[]) => {
      onclose?.call(connection, ...parameters);
      if (this.#connection === connection) this.#events.onTrouble(redisError(parameters[0]));
    };
  }

  async #subscribe(channels: readonly string[]): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined || channels.length === 0) return;
    const { subscribe, unsubscribe } = loose(connection);
    try {
      for (const channel of channels) {
        if (this.#library === "ioredis") await subscribe?.call(connection, channel);
        else {
          if (this.#library === "bun") {
            await quietly(() => unsubscribe?.call(connection, channel, this.#onMessage));
          }
          await subscribe?.call(connection, channel, this.#onMessage);
        }
      }
      if (this.#connection !== connection) return;
      this.#hasFailed = false;
      this.#events.onSubscribed();
    } catch (error) {
      if (this.#connection === connection) this.#fail(error);
    }
  }

  readonly #onMessage = (message: unknown, channel: unknown): void => {
    this.#told(String(message), String(channel));
  };

  #told(message: string, channel: string): void {
    if (!this.#isClosed && this.#channels.has(channel)) this.#events.onMessage(channel, message);
  }
}

type BunClient = RedisClientLike & {
  onconnect?: ((...parameters: unknown[]) => unknown) | null;
  onclose?: ((...parameters: unknown[]) => unknown) | null;
};

/** Another connection to the same server. @throws {FliptError} (rejects) when the client cannot make one. */
async function duplicateOf(client: RedisClientLike): Promise<RedisClientLike> {
  const { duplicate } = loose(client);
  if (duplicate !== undefined) return await duplicate.call(client) as RedisClientLike;
  throw new FliptError("the client has no duplicate(): give the option subscriber a client of its own");
}

function closeNow(connection: RedisClientLike): void {
  const { destroy, disconnect, close } = loose(connection);
  void quietly(() => (destroy ?? disconnect ?? close)?.call(connection));
}

async function quietly(call: () => unknown): Promise<void> {
  // A connection that is gone needs no goodbye.
  await Promise.resolve().then(call).catch(() => {});
}
