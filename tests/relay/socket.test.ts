// A client and a relay on a Unix socket.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { runRelay } from "../../relay/mod.ts";
import { FliptClient } from "../../src/client.ts";
import { resolveOptions } from "../../src/options/options.ts";
import { booleanDocument } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

const unix = { skip: process.platform === "win32" && "there are no Unix sockets on Windows" };
const folder = mkdtempSync(join(tmpdir(), "flipt socket "));
after(() => rmSync(folder, { recursive: true }));

const on = booleanDocument("shop", "dark-mode", true);
const off = booleanDocument("shop", "dark-mode", false);

test("clients poll and stream over a Unix socket", unix, async () => {
  const listen = `unix:${join(folder, "flipt 100%.sock")}`;
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  await using relay = await runRelay({ url: flipt.url, namespaces: ["shop"], listen });
  assert.equal(relay.url, listen);
  await relay.ready();
  await using polling = await FliptClient.init({ url: listen, namespace: "shop" });
  await using streaming = await FliptClient.init({ url: listen, namespace: "shop", fetchMode: "streaming" });
  assert.ok(polling.isEnabled("dark-mode", "user-1") && streaming.isEnabled("dark-mode", "user-1"));
  assert.equal(await polling.refresh(), false);
  const updated = new Promise((resolve) => streaming.on("update", resolve));
  while (relay.metrics().includes("flipt_relay_client_streams 0") || flipt.streams === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  flipt.push("shop", off);
  await updated;
  assert.equal(await polling.refresh(), true);
  assert.ok(!polling.isEnabled("dark-mode", "user-1") && !streaming.isEnabled("dark-mode", "user-1"));
});

test("a socket that nobody listens on is an error that may pass, and names the socket", unix, async () => {
  const path = join(folder, "none.sock");
  const started = FliptClient.init({ url: `unix:${path}`, startTimeout: 0, logLevel: "off" });
  using client = await started;
  const error = await client.refresh().then(() => undefined, (reason) => reason);
  assert.equal(error?.name, "FetchError");
  assert.equal(error.retryable, true);
  assert.match(error.message, /could not reach unix:.*none\.sock:\/internal\/v1\/.*ENOENT/);
});

test("a redirect over a socket is not followed", unix, async () => {
  const path = join(folder, "redirect.sock");
  const server = createServer((_request, response) =>
    response.writeHead(302, { location: "/elsewhere" }).end()
  );
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    const started = FliptClient.init({ url: `unix:${path}`, logLevel: "off" });
    await assert.rejects(started, /redirects, which is not followed on a Unix socket/);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test("the option url takes sockets by their absolute path", () => {
  const urlOf = (url: string): string => resolveOptions({ url }).url;
  assert.equal(urlOf("unix:/run/flipt.sock"), "unix:/run/flipt.sock:");
  assert.equal(urlOf(" unix:///run/flipt.sock "), "unix:/run/flipt.sock:");
  assert.equal(urlOf("unix:/run/my flipt"), "unix:/run/my%20flipt:");
  for (
    const wrong of ["unix:", "unix:run/flipt.sock", "unix:/", "unix:/run/", "unix:/run/a?b", "unix:/run/a#b"]
  ) {
    assert.throws(() => urlOf(wrong), { name: "ValidationError" }, wrong);
  }
  const tls = { insecureSkipVerify: true };
  assert.throws(() => resolveOptions({ url: "unix:/run/flipt.sock", tls }), /tls only works with a url/);
});

test("a relay takes the place of a killed one, and of nothing else", unix, async () => {
  await using flipt = await FliptServer.start({ documents: { shop: on } });
  const options = { url: flipt.url, namespaces: ["shop"] };
  const path = join(folder, "left.sock");
  const listen = `unix:${path}`;
  // A process that ends without closing its server leaves the socket behind.
  const program = `require("node:net").createServer().listen(${
    JSON.stringify(path)
  }, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync("node", ["-e", program]);
  assert.ok(existsSync(path));
  {
    await using _relay = await runRelay({ ...options, listen });
    await assert.rejects(runRelay({ ...options, listen }), /left\.sock: it is in use/);
  }
  assert.ok(!existsSync(path));
  writeFileSync(path, "not a socket");
  await assert.rejects(runRelay({ ...options, listen }), /it is in use/);
  assert.ok(existsSync(path));
});
