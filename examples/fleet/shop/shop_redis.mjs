// A service with its flags from Redis, which relays keep fresh.
import { FliptClient } from "@flipt-ffi/client";
import { redisSource } from "@flipt-ffi/client/store/redis";
import { createClient } from "redis";

const redis = await createClient({ url: process.env.REDIS_URL }).on("error", console.warn).connect();
const client = await FliptClient.init({
  namespace: "default",
  errorStrategy: "fallback",
  source: redisSource({ client: redis }),
});
client.on("update", ({ changedFlags }) => console.log("changed:", changedFlags.join(", ")));
console.log("dark mode:", client.isEnabled("dark-mode", "user-1"));
process.on("SIGTERM", () => process.exit(0));
