// A client of Redis for the command line: the user's own package, or the one that the runtime has.

import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { importUnbundled } from "../ffi/import_unbundled.ts";
import { errorText, FliptError } from "../core/errors.ts";
import { type RedisClientLike, redisError } from "../store/redis_client.ts";
import { UsageError } from "./errors.ts";

/** A connected client. */
export interface ConnectedRedis {
  /** The client. */
  readonly client: RedisClientLike;
  /** Which package it is of, for the log. */
  readonly library: string;
  /** Closes the connection. */
  close(): void;
}

/** A client whose connection can be opened. */
type Connectable = Omit<RedisClientLike, "connect" | "on"> & {
  on?(event: "error", listener: (error: Error) => void): unknown;
  connect(): Promise<unknown>;
};

/** A client, and what closes its connection. */
interface Opened {
  readonly client: Connectable;
  close(): void;
}

/** What is used of the packages. */
interface NodeRedis {
  createClient(options: { readonly url: string }): Connectable & { destroy(): void };
}
type IoRedis = new (
  url: string,
  options: { readonly lazyConnect: true },
) => Connectable & { disconnect(): void };
type BunRedis = new (url: string) => Connectable & { close(): void };

/** Makes a client by a package. */
type Opening = (url: string) => Opened;

const PROTOCOLS: readonly string[] = ["redis:", "rediss:", "valkey:", "valkeys:"];

/** How long a connection is waited for, in milliseconds. */
const PATIENCE_MS = 1_000;

/**
 * Opens a connection to Redis. While there is none, it is tried again without end, and what is sent fails or waits.
 * @param onError Is told of what fails. Its message has no password in it.
 * @throws {UsageError} (rejects) when the URL is not one of Redis, or no package is installed.
 */
export async function connectRedis(url: string, onError: (error: Error) => void): Promise<ConnectedRedis> {
  if (!URL.canParse(url) || !PROTOCOLS.includes(new URL(url).protocol)) {
    throw new UsageError("--redis must be a URL such as redis://localhost:6379", "relay");
  }
  const [library, open] = await installed();
  const report = (cause: unknown): void =>
    onError(new FliptError(`Redis, by ${library}: ${errorText(redisError(cause))}`, { cause }));
  const { client, close } = open(url.replace(/^valkey/, "redis"));
  client.on?.("error", report);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  const connecting = client.connect().then(() => {
    // One that is closed while it connects is open all the same afterwards.
    if (isClosed) close();
  });
  await Promise.race([
    connecting.catch((error: unknown) => isClosed || report(error)),
    new Promise<void>((resolve) => timer = setTimeout(resolve, PATIENCE_MS)),
  ]);
  clearTimeout(timer);
  return {
    client,
    library,
    close: () => {
      isClosed = true;
      close();
    },
  };
}

/** Returns the first package that is there, and how it connects. */
async function installed(): Promise<readonly [name: string, Opening]> {
  const nodeRedis = await packageOf("redis") as NodeRedis | undefined;
  if (nodeRedis !== undefined) return ["redis", (url) => byNodeRedis(nodeRedis, url)];
  const ioRedis = await packageOf("ioredis") as { readonly Redis: IoRedis } | undefined;
  if (ioRedis !== undefined) return ["ioredis", (url) => byIoRedis(ioRedis.Redis, url)];
  const bun = await importUnbundled("bun").catch(() => undefined) as
    | { readonly RedisClient?: BunRedis }
    | undefined;
  const RedisClient = bun?.RedisClient;
  if (RedisClient !== undefined) return ["Bun's RedisClient", (url) => byBun(RedisClient, url)];
  throw new UsageError(
    "--redis needs a client of Redis, and none is installed here: run npm install redis (or deno add npm:redis, or " +
      "npm install ioredis) in the folder that the relay is started in",
    "relay",
  );
}

/** Imports a package of the working folder, or of where this program is installed. */
async function packageOf(name: string): Promise<unknown> {
  try {
    const path = createRequire(join(process.cwd(), "package.json")).resolve(name);
    return await importUnbundled(pathToFileURL(path).href);
  } catch {
    return await importUnbundled(name).catch(() => undefined);
  }
}

function byNodeRedis({ createClient }: NodeRedis, url: string): Opened {
  const client = createClient({ url });
  return { client, close: () => client.destroy() };
}

function byIoRedis(Redis: IoRedis, url: string): Opened {
  const client = new Redis(url, { lazyConnect: true });
  return { client, close: () => client.disconnect() };
}

function byBun(RedisClient: BunRedis, url: string): Opened {
  const client = new RedisClient(url);
  return { client, close: () => client.close() };
}
