// The client of the server, which the first request makes.
import { FliptClient } from "@flipt-ffi/client";

let client;
export function flags() {
  client ??= FliptClient.init({
    url: process.env.FLIPT_URL,
    namespace: process.env.FLIPT_NAMESPACE,
    updateInterval: 0.1,
  });
  return client;
}

export async function answers() {
  const client = await flags();
  return {
    engine: client.engine.kind,
    reason: client.engine.reason,
    boolean: client.evaluateBoolean("dark-mode", "user-1").enabled,
    variant: client.evaluateVariant("theme", "user-1", { country: "NL" }).variantKey,
  };
}
