// What tests of the client share: one whose flags are the shop's, without a server.

import type { ClientOptions } from "../../mod.ts";
import type { TestClient } from "./runtime.ts";
import { shopDocument, testClient } from "./runtime.ts";

/** A fetcher of the shop's flags. */
export const fetchShop = (): Promise<Response> => Promise.resolve(Response.json(shopDocument()));

/** A fetcher that reaches nobody. */
export const failing = (): Promise<Response> => Promise.reject(new Error("no route"));

/** A client of the shop's flags. */
export function shop(options: ClientOptions = {}): Promise<TestClient> {
  return testClient({ namespace: "shop", updateInterval: 0, fetcher: fetchShop, ...options });
}
