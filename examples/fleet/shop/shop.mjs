// A service behind a relay: its address, and the token where the relay wants one, come from the environment.
import { FliptClient } from "@flipt-ffi/client";

const client = await FliptClient.fromEnvironment({ errorStrategy: "fallback", fetchMode: "streaming" });
client.on("update", ({ changedFlags }) => console.log("changed:", changedFlags.join(", ")));
console.log("dark mode:", client.isEnabled("dark-mode", "user-1"));
setInterval(() => {}, 60_000);
process.on("SIGTERM", () => process.exit(0));
