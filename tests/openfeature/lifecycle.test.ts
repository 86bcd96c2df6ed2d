// The life of the OpenFeature provider and its events, through the SDK. Where the OpenFeature specification has a
// numbered requirement, the test's name begins with its number.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { EventDetails } from "@openfeature/server-sdk";
import { OpenFeature, ProviderEvents, ProviderStatus } from "@openfeature/server-sdk";
import { type ClientOptions, FliptClient } from "../../mod.ts";
import { FliptProvider } from "../../openfeature/mod.ts";
import {
  booleanFlag,
  document,
  gist,
  given,
  impossible,
  next,
  NL,
  quiet,
  shop,
  silence,
} from "../support/openfeature.ts";
import type { RecordedRequest, ScriptedAnswer } from "../support/server.ts";
import { FliptServer } from "../support/server.ts";

before(silence);
after(() => OpenFeature.close());

test("2.4.1, 5.3.1: initialization makes the client, and ready handlers run", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  const provider = new FliptProvider({ ...quiet, url: server.url });
  const flags = OpenFeature.getClient("initialized");
  assert.equal(server.requests.length, 0);
  const { client } = provider;
  assert.equal(client, undefined);
  const seen: string[] = [];
  OpenFeature.addHandler(ProviderEvents.Ready, (details) => void seen.push(`API ${details?.domain}`));
  await OpenFeature.setProviderAndWait("initialized", provider);
  assert.equal(server.requests.length, 1);
  assert.equal(provider.client?.status.state, "ready");
  assert.equal(flags.providerStatus, ProviderStatus.READY);
  assert.ok(seen.includes("API initialized"));
  OpenFeature.clearHandlers();
  // Initialized twice, it still has one client.
  await Promise.all([provider.initialize(), provider.initialize()]);
  assert.equal(server.requests.length, 1);
  await provider.onClose();
});

test("2.4.2.1, 5.1.4, 5.3.2: initialization fails where the flag state cannot be fetched", async () => {
  await using server = await FliptServer.start();
  const flags = OpenFeature.getClient("unavailable");
  const failure = next(flags, ProviderEvents.Error);
  const provider = new FliptProvider({ ...quiet, url: server.url });
  await assert.rejects(OpenFeature.setProviderAndWait("unavailable", provider), /namespace "shop" not found/);
  assert.match((await failure).message ?? "", /namespace "shop" not found/);
  const answer = await flags.getBooleanDetails("on", true, NL);
  assert.deepEqual([answer.value, answer.reason], [true, "ERROR"]);
  await provider.onClose();
});

test("2.4.2.1: a failed initialization can be tried again", async () => {
  await using server = await FliptServer.start();
  const provider = new FliptProvider({
    namespace: "shop",
    updateInterval: 0,
    fetcher: () => fetch(`${server.url}/internal/v1/evaluation/snapshot/namespace/shop`),
  });
  await assert.rejects(provider.initialize());
  server.setDocument("shop", document);
  await provider.initialize();
  assert.equal((await provider.resolveBooleanEvaluation("on", false, NL)).value, true);
  await provider.onClose();
});

test("2.4.2.1: what trying again would not help with is fatal", async () => {
  await using server = await FliptServer.start({ authorizations: ["Bearer good"] });
  server.setDocument("shop", document);
  const wrong: FliptProvider[] = [
    new FliptProvider({ ...quiet, url: server.url, authentication: { clientToken: "bad" } }),
    new FliptProvider({ ...quiet, url: "no url" }),
    new FliptProvider({ ...quiet, engine: "native", libraryPath: "/nowhere/lib.so" }),
    new FliptProvider(impossible(7) as ClientOptions),
  ];
  for (const [index, provider] of wrong.entries()) {
    await assert.rejects(OpenFeature.setProviderAndWait(`fatal-${index}`, provider), {
      code: "PROVIDER_FATAL",
    });
    const flags = OpenFeature.getClient(`fatal-${index}`);
    assert.equal(flags.providerStatus, ProviderStatus.FATAL);
    assert.equal((await flags.getBooleanDetails("on", true, NL)).errorCode, "PROVIDER_FATAL");
  }
});

test("2.4.2.1: under fallback a provider without a flag state is not ready, and is when it has one", async () => {
  await using server = await FliptServer.start();
  const provider = new FliptProvider({ ...quiet, url: server.url, errorStrategy: "fallback" });
  const flags = OpenFeature.getClient("late");
  await assert.rejects(OpenFeature.setProviderAndWait("late", provider), { code: "PROVIDER_NOT_READY" });
  assert.equal(flags.providerStatus, ProviderStatus.ERROR);
  const before = await flags.getBooleanDetails("on", false, NL);
  assert.deepEqual(gist(before), [false, undefined, "ERROR", "PROVIDER_NOT_READY"]);
  const ready = next(flags, ProviderEvents.Ready);
  server.setDocument("shop", document);
  await provider.client?.refresh();
  await ready;
  assert.equal(flags.providerStatus, ProviderStatus.READY);
  assert.equal(await flags.getBooleanValue("on", false, NL), true);
  await provider.onClose();
});

test("before its initialization, and while that is under way, the provider is not ready", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  const provider = new FliptProvider({ ...quiet, url: server.url });
  await assert.rejects(provider.resolveBooleanEvaluation("on", true, NL), { code: "PROVIDER_NOT_READY" });
  OpenFeature.setProvider("slow", provider);
  const answer = await OpenFeature.getClient("slow").getStringDetails("flow", "mine", NL);
  assert.deepEqual(gist(answer), ["mine", undefined, "ERROR", "PROVIDER_NOT_READY"]);
  await provider.onClose();
});

test("2.5.1: shutting down closes the client that the provider made", async () => {
  await using made = await shop();
  const { client } = made.provider;
  await made.provider.onClose();
  assert.equal(client?.status.state, "closed");
});

test("2.5.1: shutting down leaves a client that was given open, and hears nothing more of it", async () => {
  await using made = await given();
  let seen = 0;
  made.provider.events.addHandler(ProviderEvents.ConfigurationChanged, () => seen++);
  await made.provider.onClose();
  assert.equal(made.client.status.state, "ready");
  made.server.setDocument("shop", { ...document, flags: [] });
  assert.equal(await made.client.refresh(), true);
  assert.equal(seen, 0);
});

test("2.5.1: another provider in its place shuts a provider down", async () => {
  await using made = await shop();
  const { client } = made.provider;
  const closed = new Promise<void>((resolve) => {
    client?.on("status", ({ state }) => state === "closed" && resolve());
  });
  await using other = await given();
  await OpenFeature.setProviderAndWait(made.domain, other.provider);
  await closed;
  assert.equal(made.provider.client, undefined);
  assert.equal(await made.flags.getBooleanValue("on", false, NL), true);
});

test("2.5.1: shutting down while it is initialized ends that and leaves no client behind", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  server.answerAlways({ hang: "head" });
  const provider = new FliptProvider({ ...quiet, url: server.url });
  const initialized = assert.rejects(provider.initialize(), { code: "PROVIDER_NOT_READY" });
  await server.received(1);
  await provider.onClose();
  await initialized;
  assert.equal(provider.client, undefined);
});

test("2.5.2: a provider that was shut down is uninitialized, and can be initialized again", async () => {
  await using made = await shop();
  const first = made.provider.client;
  await made.provider.onClose();
  assert.equal(made.provider.client, undefined);
  await assert.rejects(made.provider.resolveBooleanEvaluation("on", true, NL), {
    code: "PROVIDER_NOT_READY",
  });
  await made.provider.initialize();
  assert.notEqual(made.provider.client, first);
  assert.equal((await made.provider.resolveBooleanEvaluation("on", false, NL)).value, true);
});

test("2.5.3: shutting down twice, and before initialization, does nothing", async () => {
  const provider = new FliptProvider(quiet);
  await provider.onClose();
  await using made = await shop();
  await Promise.all([made.provider.onClose(), made.provider.onClose()]);
  await made.provider.onClose();
});

test("the signal of the options still ends an initialization", async () => {
  await using server = await FliptServer.start();
  server.answerAlways({ hang: "head" });
  const controller = new AbortController();
  const provider = new FliptProvider({ ...quiet, url: server.url, signal: controller.signal });
  const initialized = assert.rejects(provider.initialize(), { code: "GENERAL", message: "enough" });
  await server.received(1);
  controller.abort(new Error("enough"));
  await initialized;
});

test("5.1.1, 5.1.2: a new flag state is a change of the configuration, with the flags that changed", async () => {
  await using made = await shop();
  const changed = next(made.flags, ProviderEvents.ConfigurationChanged);
  const flags = document.flags.filter(({ key }) => key !== "on").map((flag) =>
    flag.key === "kill-switch" ? { ...flag, enabled: true } : flag
  );
  const digest = made.server.setDocument("shop", { ...document, flags });
  await made.provider.client?.refresh();
  const { flagsChanged } = await changed as { flagsChanged?: string[] };
  assert.deepEqual(flagsChanged?.toSorted(), ["kill-switch", "on"]);
  assert.equal(made.flags.providerStatus, ProviderStatus.READY);
  const answer = await made.flags.getBooleanDetails("kill-switch", false, NL);
  assert.deepEqual([answer.value, answer.flagMetadata["version"]], [true, digest]);
});

test("5.1.3: the events of a provider reach its own domain only", async () => {
  await using one = await shop();
  await using two = await shop();
  const seen: string[] = [];
  one.flags.addHandler(ProviderEvents.ConfigurationChanged, () => seen.push("one"));
  const changed = next(two.flags, ProviderEvents.ConfigurationChanged);
  two.server.setDocument("shop", { ...document, flags: [] });
  await two.provider.client?.refresh();
  await changed;
  assert.deepEqual(seen, []);
  assert.equal(await one.flags.getBooleanValue("on", false, NL), true);
  assert.equal((await two.flags.getBooleanDetails("on", false, NL)).errorCode, "FLAG_NOT_FOUND");
});

test("one provider in two domains answers in both, and tells both", async () => {
  await using made = await shop();
  await OpenFeature.setProviderAndWait("second", made.provider);
  const second = OpenFeature.getClient("second");
  assert.equal(made.server.requests.length, 1);
  const both = [made.flags, second].map((flags) => next(flags, ProviderEvents.ConfigurationChanged));
  made.server.setDocument("shop", { ...document, flags: [booleanFlag("on", false)] });
  await made.provider.client?.refresh();
  await Promise.all(both);
  assert.equal(await second.getBooleanValue("on", true, NL), false);
});

test("5.1.1, 5.1.4, 5.1.5, 5.3.5: without answers the provider is in error, and ready when it has some again", async () => {
  await using made = await shop({ errorStrategy: "strict" });
  const { flags } = made;
  const failed = next(flags, ProviderEvents.Error);
  made.server.answerAlways({ status: 403, body: "no" });
  await assert.rejects(made.provider.client?.refresh() ?? Promise.resolve());
  const { message, errorCode } = await failed as EventDetails & { errorCode?: string };
  assert.match(message ?? "", /no flag state to evaluate: .*403/s);
  assert.equal(errorCode, "GENERAL");
  assert.equal(flags.providerStatus, ProviderStatus.ERROR);
  assert.deepEqual(gist(await flags.getBooleanDetails("on", false, NL)), [
    false,
    undefined,
    "ERROR",
    "GENERAL",
  ]);
  const ready = next(flags, ProviderEvents.Ready);
  made.server.answerAlways(undefined);
  await made.provider.client?.refresh();
  await ready;
  assert.equal(flags.providerStatus, ProviderStatus.READY);
  assert.equal(await flags.getBooleanValue("on", false, NL), true);
});

for (const errorStrategy of ["fail", "fallback"] as const) {
  test(`under ${errorStrategy} a failed fetch is no event: the provider still answers`, async () => {
    await using made = await shop({ errorStrategy });
    const { client } = made.provider;
    const seen: string[] = [];
    for (const event of [ProviderEvents.Error, ProviderEvents.Stale]) {
      made.flags.addHandler(event, () => seen.push(event));
    }
    made.server.answerAlways({ status: 403 });
    await assert.rejects(client?.refresh() ?? Promise.resolve());
    assert.equal(await made.flags.getBooleanValue("on", false, NL), true);
    assert.deepEqual(seen, []);
    assert.equal(made.flags.providerStatus, ProviderStatus.READY);
  });
}

test("5.1.1, 5.3.5: a state that nothing confirms is stale, and ready when it is confirmed", async () => {
  await using made = await given({ maxStaleness: 300, errorStrategy: "fallback" });
  const { flags } = made;
  const stale = next(flags, ProviderEvents.Stale);
  made.advance(300_000);
  assert.match((await stale).message ?? "", /the flag state was last confirmed at 2030-/);
  assert.equal(flags.providerStatus, ProviderStatus.STALE);
  const ready = next(flags, ProviderEvents.Ready);
  assert.equal(await made.client.refresh(), false);
  await ready;
  assert.equal(flags.providerStatus, ProviderStatus.READY);
  assert.equal((await flags.getBooleanDetails("on", false, NL)).reason, "DEFAULT");
});

test("5.3.5: a client that was stale already makes a provider that is ready first and stale then", async () => {
  const made = await given({ maxStaleness: 300, errorStrategy: "fallback" });
  made.advance(300_000);
  const provider = new FliptProvider(made.client);
  const flags = OpenFeature.getClient("stale-before");
  const stale = next(flags, ProviderEvents.Stale);
  await OpenFeature.setProviderAndWait("stale-before", provider);
  await stale;
  assert.equal(flags.providerStatus, ProviderStatus.STALE);
  await provider.onClose();
  await made[Symbol.asyncDispose]();
});

test("a provider that is shut down at once tells nobody that it is stale", async () => {
  await using made = await given({ maxStaleness: 300, errorStrategy: "fallback" });
  made.advance(300_000);
  const provider = new FliptProvider(made.client);
  let seen = 0;
  provider.events.addHandler(ProviderEvents.Stale, () => seen++);
  await provider.initialize();
  await provider.onClose();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(seen, 0);
});

test("another mode of fetching is no event", async () => {
  const noStream = ({ path }: RecordedRequest): ScriptedAnswer | undefined =>
    path.includes("/stream") ? { status: 404 } : undefined;
  await using made = await given({ fetchMode: "streaming", errorStrategy: "fallback" }, noStream);
  const seen: string[] = [];
  for (const event of [ProviderEvents.Ready, ProviderEvents.Error, ProviderEvents.Stale]) {
    made.provider.events.addHandler(event, () => seen.push(event));
  }
  if (made.client.status.mode === "streaming") {
    await new Promise<void>((resolve) => {
      made.client.on("status", ({ mode }) => mode === "polling" && resolve());
    });
  }
  assert.deepEqual(seen, []);
});

test("5.1.5: a given client that its owner closes makes the provider fatal", async () => {
  await using made = await given();
  const failed = next(made.flags, ProviderEvents.Error);
  made.client.close();
  assert.match((await failed).message ?? "", /client of this provider is closed/);
  assert.equal(made.flags.providerStatus, ProviderStatus.FATAL);
  assert.equal((await made.flags.getBooleanDetails("on", true, NL)).errorCode, "PROVIDER_FATAL");
  await assert.rejects(made.provider.resolveBooleanEvaluation("on", true, NL), { code: "PROVIDER_FATAL" });
  await assert.rejects(new FliptProvider(made.client).initialize(), { code: "PROVIDER_FATAL" });
});

test("a promise in place of a client or its options is refused", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  const client = FliptClient.init({ ...quiet, url: server.url });
  assert.throws(() => new FliptProvider(client as never), {
    name: "ValidationError",
    message: "the source of FliptProvider must be a client or its options, but is a Promise: await it",
  });
  (await client).close();
});

test("the options of a provider may be those of an object's class", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", document);
  const { namespace, ...rest } = { ...quiet, url: server.url };
  class Config {
    readonly #namespace = namespace;
    get namespace(): string | undefined {
      return this.#namespace;
    }
  }
  const provider = new FliptProvider(Object.assign(new Config(), rest) as ClientOptions);
  await provider.initialize();
  assert.deepEqual(provider.client?.listFlags().length, document.flags.length);
  await provider.onClose();
});
