// The official JavaScript client behind a relay.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runRelay } from "../../relay/mod.ts";
import { booleanDocument } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "flipt-relay-clients-"));
after(() => rmSync(folder, { recursive: true }));

for (const version of [1, 2] as const) {
  test(`the official client has its flags from a relay of a v${version} server`, async () => {
    const { FliptClient } = await import("@flipt-io/flipt-client-js");
    const clientTokenFile = join(folder, `tokens-${version}`);
    writeFileSync(clientTokenFile, "of-the-client\n");
    await using flipt = await FliptServer.start({
      version,
      documents: { shop: booleanDocument("shop", "dark-mode", true) },
      authorizations: ["Bearer of-the-relay"],
    });
    await using relay = await runRelay({
      url: flipt.url,
      namespaces: ["shop"],
      authentication: { clientToken: "of-the-relay" },
      listen: "127.0.0.1:0",
      clientTokenFile,
    });
    await relay.ready();
    const client = await FliptClient.init({
      url: relay.url,
      namespace: "shop",
      authentication: { clientToken: "of-the-client" },
      updateInterval: 0,
    });
    const isOn = (): boolean =>
      client.evaluateBoolean({ flagKey: "dark-mode", entityId: "user-1", context: {} }).enabled;
    assert.equal(isOn(), true);
    flipt.setDocument("shop", booleanDocument("shop", "dark-mode", false));
    await relay.refresh();
    await client.refresh();
    assert.equal(isOn(), false);
    // Its types are those for pages, which has no timers to stop.
    (client as { close?: () => void }).close?.();
  });
}
