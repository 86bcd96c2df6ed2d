"use client";
// Renders on the server and in the browser, from the same snapshot and without a request.
import { FliptClient } from "@flipt-ffi/client";
import { testFlags } from "@flipt-ffi/client/testing";
import { Suspense, use } from "react";

const clients = new Map();
function clientOf(snapshot, namespace) {
  if (!clients.has(snapshot)) {
    clients.set(snapshot, FliptClient.init({
      url: "http://localhost:8080",
      namespace,
      snapshot,
      initialFetch: false,
      updateInterval: 0,
    }));
  }
  return clients.get(snapshot);
}

function Shown({ snapshot, namespace }) {
  const client = use(clientOf(snapshot, namespace));
  const { enabled } = client.evaluateBoolean("dark-mode", "user-1");
  const { variantKey } = client.evaluateVariant("theme", "user-1", { country: "NL" });
  return <output>{`${enabled} ${variantKey}`}</output>;
}

export function Theme(props) {
  return <Suspense fallback="loading"><Shown {...props} /></Suspense>;
}

/** As stories and previews do. */
export const preview = () => testFlags({ "dark-mode": true });
