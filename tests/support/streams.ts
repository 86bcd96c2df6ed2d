// What tests of streaming share: a client whose stream is open, and waiting for what it does.

import type { ClientOptions, FliptClient } from "../../mod.ts";
import type { FaultServer } from "./fault_server.ts";
import type { ManualClock, TestClient } from "./runtime.ts";
import { booleanDocument, testClient } from "./runtime.ts";
import type { DocumentJson } from "./server.ts";

/** A document with its flag on. */
export const on: DocumentJson = booleanDocument("shop", "a", true);
/** The same with its flag off. */
export const off: DocumentJson = booleanDocument("shop", "a", false);

/** A document with one flag, named for the number. */
export function numbered(number: number): DocumentJson {
  return booleanDocument("shop", `flag-${number}`, true);
}

/** The options of a client that streams from `server`. */
export function streaming(server: FaultServer, more: ClientOptions = {}): ClientOptions {
  return { url: server.url, namespace: "shop", fetchMode: "streaming", ...more };
}

/** A streaming client whose stream is open. */
export async function open(
  server: FaultServer,
  more: ClientOptions = {},
): Promise<TestClient & { errors: Error[] }> {
  const made = await testClient(streaming(server, more));
  const errors: Error[] = [];
  made.client.on("error", (error) => errors.push(error));
  await server.until(() => server.streams > 0);
  return { ...made, errors };
}

/** The next event of its kind. */
export function next(client: FliptClient, event: "update" | "error"): Promise<unknown> {
  return new Promise((resolve) => {
    const stop = client.on(event, (value) => {
      stop();
      resolve(value);
    });
  });
}

/** Settles when the client holds the state. */
export async function holds(client: FliptClient, digest: string): Promise<void> {
  while (client.status.digest !== digest) await next(client, "update");
}

/** Lets the clock pass the wait before the next connection. */
export async function reconnect(clock: ManualClock): Promise<number> {
  const { millis } = await clock.waiting(isShort);
  clock.advance(millis);
  return millis;
}

/** Neither the interval nor the timeout of a request. */
export const isShort = ({ millis, background }: { millis: number; background: boolean }): boolean =>
  background && millis < 30_000;
