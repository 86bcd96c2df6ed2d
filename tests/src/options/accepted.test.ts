// Options that say nothing, as variables of the environment that are not set become: they count as absent.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type AuthenticationStrategy, FliptClient } from "../../../mod.ts";
import { resolveOptions } from "../../../src/options/options.ts";
import { booleanDocument } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

const isDeno = "Deno" in globalThis;

test("what says nothing counts as absent", () => {
  const nothing = resolveOptions();
  for (
    const options of [
      { url: null },
      { environment: null },
      { namespace: null },
      { reference: "" },
      { reference: null },
      { snapshot: "" },
      { snapshot: null },
      { authentication: null },
      { updateInterval: null },
      { errorStrategy: null },
      { hook: null },
      { fetcher: null },
    ]
  ) {
    assert.deepEqual(resolveOptions(options as Parameters<typeof resolveOptions>[0]), nothing);
  }
  // Nor does it contradict anything.
  resolveOptions({ fetchMode: "streaming", reference: "" });
  assert.throws(() => resolveOptions({ initialFetch: false, snapshot: "" }), /needs a snapshot or a store/);
});

test("a token that is empty is none, and the other one counts", async () => {
  await using server = await FliptServer.start();
  server.setDocument("default", booleanDocument("default", "a", true));
  const cases: readonly (readonly [AuthenticationStrategy | null, string | undefined])[] = [
    [null, undefined],
    [{}, undefined],
    [{ clientToken: "" }, undefined],
    [{ jwtToken: "" }, undefined],
    [{ clientToken: null, jwtToken: undefined }, undefined],
    [{ clientToken: "", jwtToken: "token" }, "JWT token"],
    [{ clientToken: "token", jwtToken: "" }, "Bearer token"],
  ];
  for (const given of cases) {
    for (const authentication of [given[0], () => given[0] ?? {}]) {
      const client = await FliptClient.init({
        url: server.url,
        authentication,
        updateInterval: 0,
        engine: "portable",
      });
      assert.equal(server.requests.at(-1)?.headers["authorization"], given[1]);
      client.close();
    }
  }
});

test("an option of the React package is told by its home, once and not among the output; a typing error is refused", () => {
  const program = fileURLToPath(new URL("../../support/react_option_program.ts", import.meta.url));
  const child = spawnSync(process.execPath, [...(isDeno ? ["run", "-A", "--no-check"] : []), program], {
    encoding: "utf8",
  });
  assert.equal(child.status, 0, child.stderr);
  const option = /maxRetryAttempts is an option of @flipt-io\/flipt-client-react/g;
  assert.equal(child.stderr.match(option)?.length, 1, child.stderr);
  assert.equal(child.stdout, "");
  assert.throws(
    () => resolveOptions({ maxRetryAttempst: 3 } as Parameters<typeof resolveOptions>[0]),
    /unknown option "maxRetryAttempst"/,
  );
});

test("options may be those of an object's class, or inherited, and a promise of options is none", async () => {
  class Config {
    readonly #environment = "production";
    get namespace(): string {
      return "shop";
    }
    get environment(): string {
      return this.#environment;
    }
  }
  const inherited = Object.create({ url: "http://flipt.example.com", namespace: "shop" });
  for (const options of [new Config(), Object.assign(new Config(), { updateInterval: 5 })]) {
    const { namespace, environment } = resolveOptions(options);
    assert.deepEqual([namespace, environment], ["shop", "production"]);
  }
  assert.equal(resolveOptions(inherited).url, "http://flipt.example.com");
  // What a class has beside options is its own affair.
  assert.equal(
    resolveOptions(Object.assign(Object.create({ helper() {} }), { url: "http://a" })).url,
    "http://a",
  );
  assert.throws(() => resolveOptions({ namespac: "shop" } as never), /unknown option "namespac"/);
  const refused = {
    name: "ValidationError",
    message: "the options of FliptClient.init() must be an object, but is a Promise: await it",
  };
  const promise = Promise.resolve({ namespace: "shop" }) as never;
  assert.throws(() => resolveOptions(promise), refused);
  await assert.rejects(FliptClient.fromEnvironment(promise), refused);
});
