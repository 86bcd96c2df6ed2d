// The page of server.ts: evaluates at once with the flags in the page, then follows their changes.

/// <reference lib="dom" />
import { FliptClient } from "@flipt-ffi/client";

const { snapshot, user } = JSON.parse(document.querySelector("#flags")?.textContent ?? "{}");

function render(): void {
  document.body.dataset["theme"] = client.evaluateBoolean("dark-mode", user).enabled ? "dark" : "light";
}

const client = await FliptClient.init({
  url: `${location.origin}/flipt`,
  namespace: "shop",
  snapshot,
  initialFetch: false,
  fetchMode: "streaming",
  errorStrategy: "fallback",
});
render();
client.on("update", render);
