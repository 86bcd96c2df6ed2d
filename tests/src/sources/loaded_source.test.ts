// The option `source`: what goes with it, what a source of one's own may give, and what is read after a change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileSource } from "../../../file/mod.ts";
import type { ClientOptions, DocumentSource } from "../../../mod.ts";
import { FetchError, FliptClient, ValidationError } from "../../../mod.ts";
import { flagDocument } from "../../../testing/mod.ts";
import { isOn, nextUpdate } from "../../support/file_clients.ts";

test("the options of a server are refused beside a source, all in one error", async () => {
  const source = fileSource("features.yml");
  const options: ClientOptions = {
    source,
    url: "https://localhost:1",
    environment: "x",
    authentication: { clientToken: "token" },
    fetchMode: "streaming",
    updateInterval: 1,
    reference: "main",
    tls: { insecureSkipVerify: true },
    fetcher: () => Promise.reject(new Error("not called")),
  };
  await assert.rejects(FliptClient.init(options), (error) => {
    assert.ok(error instanceof ValidationError);
    for (const name of Object.keys(options).filter((option) => option !== "source")) {
      assert.match(
        error.message,
        new RegExp(`- ${name} and source cannot both be given: a source is read in place`),
      );
    }
    return true;
  });
  const wrong: [unknown, RegExp][] = [
    [
      "features.yml",
      /source must be an object with load\(\), such as fileSource\("features.yml"\), but is a string/,
    ],
    [{}, /source must be an object with load\(\), such as fileSource\("features.yml"\), but has no load\(\)/],
    [{ load: () => "", watch: 3 }, /source must have a function as its watch/],
    [{ load: () => "", name: 3 }, /source must have a string as its name, but has a number/],
  ];
  for (const [value, message] of wrong) {
    await assert.rejects(FliptClient.init({ source: value as DocumentSource }), { message });
  }
});

// Attempts are made with their backoff; Bun ends a test after five seconds unless it says how long it takes.
test(
  "a source of one's own gives text or bytes, and what it does wrong is told",
  { timeout: 60_000 },
  async () => {
    const text = JSON.stringify(flagDocument({ a: true }, "shop"));
    const asked: string[] = [];
    const load = ({ namespace }: { readonly namespace: string }): Promise<string> => {
      asked.push(namespace);
      return Promise.resolve(text);
    };
    await using client = await FliptClient.init({ source: { load }, namespace: "shop", engine: "portable" });
    assert.equal(isOn(client), true);
    assert.deepEqual(asked, ["shop"]);
    const bytes = new TextEncoder().encode(text);
    (await FliptClient.init({ source: { load: () => Promise.resolve(bytes) }, namespace: "shop" })).close();
    const failing: [() => unknown, RegExp][] = [
      [() => Promise.reject(new Error("no bucket")), /^the bucket could not be read: no bucket$/],
      [() => {
        throw new Error("at once");
      }, /^the bucket could not be read: at once$/],
      [() => ({}), /^the bucket must return JSON as a string or a Uint8Array, but returned an object$/],
      [() => undefined, /but returned undefined$/],
      [() => "not JSON", /not a valid document/],
    ];
    for (const [load, message] of failing) {
      const source = { name: "the bucket", load } as DocumentSource;
      await assert.rejects(FliptClient.init({ source, engine: "portable" }), { message });
    }
    const silent: DocumentSource = { name: "the bucket", load: () => new Promise(() => {}) };
    await assert.rejects(FliptClient.init({ source: silent, requestTimeout: 0.05 }), (error) => {
      assert.ok(error instanceof FetchError);
      assert.match(error.message, /^the bucket did not respond within 0\.05 s/);
      return true;
    });
  },
);

test("a change that is told in the middle of an update is read by another one", async () => {
  let changed = (): void => {};
  let stops = 0;
  let answer = (_text: string): void => {};
  let loads = 0;
  const document = (on: boolean): string => JSON.stringify(flagDocument({ a: on }));
  const source: DocumentSource = {
    load: () => {
      loads++;
      return loads === 1 ? Promise.resolve(document(true)) : new Promise((resolve) => answer = resolve);
    },
    watch: (listener) => {
      changed = listener;
      return () => void stops++;
    },
  };
  const client = await FliptClient.init({ source, engine: "portable" });
  const refreshed = client.refresh();
  changed();
  answer(document(true));
  assert.equal(await refreshed, false);
  const update = nextUpdate(client);
  while (loads < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  answer(document(false));
  await update;
  assert.equal(loads, 3);
  client.close();
  client.close();
  assert.equal(stops, 1);
  changed();
  await client[Symbol.asyncDispose]();
  assert.equal(loads, 3);
});

test("a source that tells versions is not asked for a document that the client holds", async () => {
  let version = "1";
  const asked: (string | undefined)[] = [];
  const source: DocumentSource = {
    name: "the bucket",
    load: ({ version: held }) => {
      asked.push(held);
      const document = JSON.stringify(flagDocument({ a: version === "1" }));
      return Promise.resolve(held === version ? { version } : { version, document });
    },
  };
  await using client = await FliptClient.init({ source, engine: "portable" });
  assert.equal(isOn(client), true);
  assert.equal(await client.refresh(), false);
  version = "2";
  assert.equal(await client.refresh(), true);
  assert.equal(isOn(client), false);
  assert.deepEqual(asked, [undefined, "1", "1"]);
  const empty = { name: "the bucket", load: () => Promise.resolve({ version: "3" }) };
  await assert.rejects(FliptClient.init({ source: empty, engine: "portable" }), {
    message: "the bucket must return JSON as a string or a Uint8Array, but returned undefined",
  });
});
