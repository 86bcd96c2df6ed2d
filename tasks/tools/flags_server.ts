// The Flipt server that all programs ask: the test server of the package, in the process of the task, with a second port
// at which a program can have its flags changed.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { flagDocument, FliptTestServer } from "../../testing/mod.ts";

const BEFORE = { "dark-mode": true, "theme": "winter" } as const;
const AFTER = { "dark-mode": false, "theme": "summer" } as const;

/** A server, with one namespace a program. */
export interface FlagsServer extends AsyncDisposable {
  /** The URL for clients. */
  readonly url: string;
  /** The URL that a POST goes to, with the namespace as its path, to change the flags of it. */
  readonly controlUrl: string;
  /** The URL of a server that is not there. */
  readonly nowhereUrl: string;
  /** Sets the flags of a namespace as they are at first. */
  readonly begin: (namespace: string) => void;
  /** Changes the flags of a namespace. */
  readonly change: (namespace: string) => void;
}

/** Starts the server. */
export async function startFlagsServer(): Promise<FlagsServer> {
  const server = await FliptTestServer.start();
  const set = (namespace: string, flags: typeof BEFORE | typeof AFTER): void => {
    server.push(namespace, flagDocument(flags, namespace));
  };
  const control = createServer((request, response) => {
    set((request.url ?? "").slice(1), AFTER);
    response.end();
  });
  await new Promise<void>((resolve) => control.listen(0, "127.0.0.1", resolve));
  return {
    url: server.url,
    controlUrl: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
    nowhereUrl: `http://127.0.0.1:${await freePort()}`,
    begin: (namespace) => set(namespace, BEFORE),
    change: (namespace) => set(namespace, AFTER),
    async [Symbol.asyncDispose]() {
      control.closeAllConnections();
      await new Promise<void>((resolve) => control.close(() => resolve()));
      await server.close();
    },
  };
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
