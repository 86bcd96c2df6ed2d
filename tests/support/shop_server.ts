// What tests of fetching share: a server with the flags of the shop, and the errors of its clients.

import assert from "node:assert/strict";
import type { ClientOptions } from "../../mod.ts";
import { FetchError } from "../../mod.ts";
import { shopDocument } from "./runtime.ts";
import { FliptServer } from "./server.ts";

/** A server with the flags of the shop. */
export async function shopServer(
  version: 1 | 2 = 2,
  authorizations?: readonly string[],
): Promise<FliptServer> {
  const server = await FliptServer.start({ version, authorizations });
  server.setDocument("shop", shopDocument(version));
  return server;
}

/** The options of a client of that server that is not polled. */
export function options(server: FliptServer, more: ClientOptions = {}): ClientOptions {
  return { url: server.url, namespace: "shop", updateInterval: 0, ...more };
}

/** The FetchError that the promise rejects with. */
export async function fetchError(promise: Promise<unknown>): Promise<FetchError> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof FetchError, `expected a FetchError, got ${error}`);
  return error;
}
