// What tests of explanations share.

import { FliptClient } from "../../mod.ts";
import { shopDocument } from "./runtime.ts";

/** A client of the shop. */
export function shop(options: object = {}): Promise<FliptClient> {
  const fetcher = () => Promise.resolve(Response.json(shopDocument()));
  return FliptClient.init({ namespace: "shop", updateInterval: 0, fetcher, ...options });
}
