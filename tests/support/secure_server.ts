// What tests of TLS share: a server behind TLS, clients of it, and what they are told.

import assert from "node:assert/strict";
import type { ClientOptions, TlsOptions } from "../../mod.ts";
import { FetchError, FliptClient } from "../../mod.ts";
import type { Identity } from "./certificates.ts";
import { certificates, TlsFront } from "./certificates.ts";
import { shopDocument } from "./runtime.ts";
import { FliptServer } from "./server.ts";

/** A Flipt server with the flags of the shop, behind TLS. */
export class SecureServer {
  /** The server. */
  readonly flipt: FliptServer;
  /** What is in front of it. */
  readonly front: TlsFront;

  private constructor(flipt: FliptServer, front: TlsFront) {
    this.flipt = flipt;
    this.front = front;
  }

  /** Starts one; with `clients` it wants a certificate of those. */
  static async start(
    { cert, key }: Identity = certificates().server,
    clients?: { readonly mustBeKnown: true },
  ): Promise<SecureServer> {
    const flipt = await FliptServer.start();
    flipt.setDocument("shop", shopDocument());
    const ca = certificates().authority.cert;
    const mutual = clients === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
    return new SecureServer(flipt, await TlsFront.start(flipt.url, { cert, key, ...mutual }));
  }

  /** Stops both. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.front.close();
    await this.flipt.close();
  }
}

/** A client of the server with these options of TLS. */
export function init(
  { front }: SecureServer,
  tls: TlsOptions | undefined,
  more: ClientOptions = {},
): Promise<FliptClient> {
  return FliptClient.init({
    url: front.url,
    namespace: "shop",
    updateInterval: 0,
    engine: "portable",
    tls,
    ...more,
  });
}

/** Asserts that the client has the flags of the shop, asks again, and closes it. */
export async function assertAnswers(client: FliptClient): Promise<void> {
  assert.equal(client.evaluateVariant("banner", "user-1").variantKey, "winter");
  assert.equal(await client.refresh(), false);
  client.close();
}

/** The error that a client does not start with. */
export async function failure(promise: Promise<FliptClient>): Promise<Error> {
  const error = await promise.then((client) => client.close(), (reason: unknown) => reason);
  assert.ok(error instanceof Error, "expected init to reject");
  return error;
}

/** What the user is told where trying again does not help. */
export async function advice(promise: Promise<FliptClient>): Promise<string> {
  const error = await failure(promise);
  assert.ok(error instanceof FetchError, String(error));
  assert.equal(error.retryable, false, error.message);
  assert.ok(error.cause instanceof Error);
  return error.message;
}
