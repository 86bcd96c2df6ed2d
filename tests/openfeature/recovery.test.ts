// An OpenFeature provider that starts during an outage: it goes on trying, says why there is no answer, and is ready when
// the server is back, without anybody's doing. And what is no change is not told as one.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { OpenFeature, ProviderEvents, ProviderStatus } from "@openfeature/server-sdk";
import type { ClientOptions } from "../../mod.ts";
import { FliptProvider } from "../../openfeature/mod.ts";
import { document, given, next, NL, quiet, silence } from "../support/openfeature.ts";
import { testClient } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";
import { reconnect } from "../support/streams.ts";

before(silence);
after(() => OpenFeature.close());

/** An outage that ends an attempt to start at once, and is worth another one. */
const invalid = { body: "{}" } as const;

for (const errorStrategy of ["fail", "fallback", "strict"] as const) {
  test(`under ${errorStrategy} a provider that starts during an outage recovers by itself`, async () => {
    await using server = await FliptServer.start();
    server.setDocument("shop", document);
    server.answerAlways(invalid);
    const provider = new FliptProvider({ ...quiet, url: server.url, errorStrategy });
    const domain = `outage-${errorStrategy}`;
    const flags = OpenFeature.getClient(domain);
    await assert.rejects(
      OpenFeature.setProviderAndWait(domain, provider),
      /document/,
    );
    assert.equal(flags.providerStatus, ProviderStatus.ERROR);
    const answer = await flags.getBooleanDetails("on", false, NL);
    assert.deepEqual([answer.value, answer.errorCode], [false, "PROVIDER_NOT_READY"]);
    assert.match(answer.errorMessage ?? "", /^there is no flag state to evaluate: .*document/s);
    // The SDK takes a provider that it has already for set, and asks nothing of it.
    await OpenFeature.setProviderAndWait(domain, provider);
    const ready = next(flags, ProviderEvents.Ready);
    server.answerAlways(undefined);
    await ready;
    assert.equal(flags.providerStatus, ProviderStatus.READY);
    assert.equal(await flags.getBooleanValue("on", false, NL), true);
    await provider.onClose();
  });
}

test("until a server can be reached, each evaluation says so, in every domain that the provider is set for", async () => {
  const server = await FliptServer.start();
  const { url } = server;
  await server.close();
  const provider = new FliptProvider({ ...quiet, url });
  await assert.rejects(OpenFeature.setProviderAndWait("nowhere", provider), { code: "GENERAL" });
  // The SDK calls it ready here, since it has initialized it before.
  await OpenFeature.setProviderAndWait("nowhere-either", provider);
  for (const domain of ["nowhere", "nowhere-either"]) {
    const answer = await OpenFeature.getClient(domain).getStringDetails("flow", "mine", NL);
    assert.deepEqual([answer.value, answer.errorCode], ["mine", "PROVIDER_NOT_READY"]);
    const expected = `there is no flag state to evaluate: could not reach ${url}/`;
    assert.equal(answer.errorMessage?.slice(0, expected.length), expected);
  }
  await provider.onClose();
  assert.equal(provider.client, undefined);
});

test("a provider that could not be initialized can be set again after another one", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  server.answerAlways(invalid);
  const provider = new FliptProvider({ ...quiet, url: server.url });
  await assert.rejects(OpenFeature.setProviderAndWait("again", provider));
  await using other = await given();
  await OpenFeature.setProviderAndWait("again", other.provider);
  server.answerAlways(undefined);
  await OpenFeature.setProviderAndWait("again", provider);
  const flags = OpenFeature.getClient("again");
  assert.equal(flags.providerStatus, ProviderStatus.READY);
  assert.equal(await flags.getBooleanValue("on", false, NL), true);
  await provider.onClose();
});

test("initialized by hand before it tries again, it has one client and says nothing twice", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  server.answerOnce(invalid);
  const provider = new FliptProvider({ ...quiet, url: server.url });
  const seen: string[] = [];
  for (const event of [ProviderEvents.Ready, ProviderEvents.Error]) {
    provider.events.addHandler(event, () => seen.push(event));
  }
  await assert.rejects(provider.initialize());
  await provider.initialize();
  const { client } = provider;
  // The first wait is a second at most.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  assert.equal(provider.client, client);
  assert.equal(server.requests.length, 2);
  assert.deepEqual(seen, []);
  await provider.onClose();
});

test("what becomes hopeless while it tries again is fatal, and closing or aborting ends the trying", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  server.answerAlways({ status: 401 });
  server.answerOnce(invalid);
  const provider = new FliptProvider({ ...quiet, url: server.url });
  const flags = OpenFeature.getClient("hopeless");
  await assert.rejects(OpenFeature.setProviderAndWait("hopeless", provider));
  await new Promise<void>((resolve) => {
    flags.addHandler(ProviderEvents.Error, () => flags.providerStatus === ProviderStatus.FATAL && resolve());
  });
  const asked = server.requests.length;
  assert.equal((await flags.getBooleanDetails("on", true, NL)).errorCode, "PROVIDER_FATAL");
  await provider.onClose();

  const controller = new AbortController();
  server.answerAlways({ hang: "head" });
  const aborted = new FliptProvider({ ...quiet, url: server.url, signal: controller.signal });
  const initialized = assert.rejects(aborted.initialize(), { code: "GENERAL", message: "enough" });
  await server.received(asked + 1);
  controller.abort(new Error("enough"));
  await initialized;
  await aborted.onClose();
});

test("a stream without digests tells of no change where there is none", async () => {
  const { flags: [first, ...rest] } = document;
  let flags: readonly object[] = document.flags;
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  // A stream that ends after its line.
  server.answerAlways(({ path }) =>
    path.includes("/stream")
      ? { status: 200, body: `${JSON.stringify({ result: { ...document, flags } })}\n` }
      : undefined
  );
  const options: ClientOptions = { ...quiet, url: server.url, fetchMode: "streaming" };
  const { client, clock } = await testClient(options);
  const updates: (readonly string[])[] = [];
  let onUpdate = (): void => {};
  client.on("update", ({ changedFlags }) => {
    updates.push(changedFlags);
    onUpdate();
  });
  const domain = "without-digests";
  await OpenFeature.setProviderAndWait(domain, new FliptProvider(client));
  const seen: string[][] = [];
  OpenFeature.getClient(domain).addHandler(ProviderEvents.ConfigurationChanged, (details) => {
    seen.push((details as { flagsChanged?: string[] }).flagsChanged ?? []);
  });
  /** Lets streams be opened, one after the other, until the client was updated so often. */
  const updated = async (count: number): Promise<void> => {
    while (updates.length < count) {
      const changed = new Promise<void>((resolve) => onUpdate = resolve);
      await Promise.race([changed, reconnect(clock)]);
    }
  };
  await updated(3);
  assert.deepEqual(updates, [[], [], []]);
  assert.deepEqual(seen, []);
  flags = rest;
  // A line that was sent before may still come.
  while (updates.at(-1)?.length === 0) await updated(updates.length + 1);
  assert.deepEqual(seen, [[(first as { key: string }).key]]);
  client.close();
});
