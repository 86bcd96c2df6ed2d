// FliptClient.fromEnvironment: which variables become which options, and that options that are given win.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, beforeEach, test } from "node:test";
import { type ClientOptions, FliptClient, ValidationError } from "../../mod.ts";
import { optionsFromEnvironment } from "../../src/from_environment.ts";
import { resolveOptions } from "../../src/options/options.ts";
import { booleanDocument, shopDocument } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";
import { Folder } from "../support/stores.ts";

const folder = new Folder();
const before = { ...process.env };

/** Leaves only these of Flipt's variables set. */
function setOnly(variables: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("FLIPT_")) delete process.env[name];
  Object.assign(process.env, variables);
}

beforeEach(() => setOnly({}));
after(() => {
  setOnly({});
  Object.assign(process.env, before);
  folder[Symbol.dispose]();
});

test("without variables, the options are those that are given", async () => {
  assert.deepEqual(resolveOptions(await optionsFromEnvironment({})), resolveOptions({}));
  const given = { url: "http://flipt.test", namespace: "shop" };
  assert.deepEqual(resolveOptions(await optionsFromEnvironment(given)), resolveOptions(given));
});

test("each variable is an option, and one that is given wins", async () => {
  setOnly({
    FLIPT_URL: "https://flipt.test",
    FLIPT_NAMESPACE: "shop",
    FLIPT_ENVIRONMENT: "production",
    FLIPT_FETCH_MODE: "streaming",
    FLIPT_UPDATE_INTERVAL: "30",
    FLIPT_CA_FILE: "/ca.pem",
    FLIPT_CLIENT_TOKEN: "t0ken\n",
  });
  const expected: ClientOptions = {
    url: "https://flipt.test",
    namespace: "shop",
    environment: "production",
    fetchMode: "streaming",
    updateInterval: 30,
    tls: { caCertFile: "/ca.pem" },
    authentication: { clientToken: "t0ken" },
  };
  assert.deepEqual(resolveOptions(await optionsFromEnvironment({})), resolveOptions(expected));
  const given: ClientOptions = { namespace: "other", updateInterval: 0, authentication: { jwtToken: "a.b" } };
  assert.deepEqual(
    resolveOptions(await optionsFromEnvironment({ ...given, url: undefined })),
    resolveOptions({ ...expected, ...given }),
  );
});

test("a client of a source takes the namespace only", async () => {
  setOnly({ FLIPT_URL: "http://flipt.test", FLIPT_NAMESPACE: "shop", FLIPT_CLIENT_TOKEN: "t" });
  const source = { load: () => Promise.resolve(JSON.stringify(booleanDocument("shop", "a", true))) };
  using client = await FliptClient.fromEnvironment({ source, engine: "portable" });
  assert.equal(client.evaluateBoolean("a", "e").enabled, true);
});

test("a client from the environment authenticates by a token file that changes", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", shopDocument());
  const path = join(folder.path, "token");
  writeFileSync(path, "first");
  setOnly({ FLIPT_URL: server.url, FLIPT_NAMESPACE: "shop", FLIPT_JWT_TOKEN_FILE: path });
  using client = await FliptClient.fromEnvironment({ updateInterval: 0, engine: "portable" });
  writeFileSync(path, "second");
  await client.refresh();
  assert.deepEqual(server.requests.map(({ headers }) => headers["authorization"]), [
    "JWT first",
    "JWT second",
  ]);
});

test("a variable that cannot be used is an error that names it, and shows no token", async () => {
  const twoLines = join(folder.path, "two-lines");
  writeFileSync(twoLines, "s3cret\ns3cret\n");
  const cases: readonly [Record<string, string>, RegExp][] = [
    [{ FLIPT_UPDATE_INTERVAL: "soon" }, /^FLIPT_UPDATE_INTERVAL must be a number of seconds$/],
    [
      { FLIPT_CLIENT_TOKEN: "s3cret", FLIPT_JWT_TOKEN: "s3cret" },
      /^"FLIPT_CLIENT_TOKEN", "FLIPT_JWT_TOKEN" are set/,
    ],
    [
      { FLIPT_CLIENT_TOKEN_FILE: "/no/such/file" },
      /^FLIPT_CLIENT_TOKEN_FILE: the token file \/no\/such\/file cannot/,
    ],
    [
      { FLIPT_CLIENT_TOKEN: "Bearer s3cret" },
      /clientToken with a space [^]*\n\(authentication comes from the variable FLIPT_CLIENT_TOKEN\)$/,
    ],
    [
      { FLIPT_JWT_TOKEN: " \n" },
      /jwtToken with a space [^]*\n\(authentication comes from the variable FLIPT_JWT_TOKEN\)$/,
    ],
    [
      { FLIPT_CLIENT_TOKEN_FILE: twoLines },
      /^FLIPT_CLIENT_TOKEN_FILE: the token file .* has a token with a space or another invalid character/,
    ],
    [
      { FLIPT_FETCH_MODE: "often" },
      /\n- fetchMode must be one of "polling", "streaming", but is "often"\n\(fetchMode comes from the variable FLIPT_FETCH_MODE\)$/,
    ],
    [
      { FLIPT_CA_FILE: "/no/such/file", FLIPT_URL: "http://a", FLIPT_NAMESPACE: "shop" },
      /\n- tls only works .*\n\(url .* FLIPT_URL\)\n\(tls comes from the variable FLIPT_CA_FILE\)$/,
    ],
  ];
  for (const [variables, message] of cases) {
    setOnly(variables);
    await assert.rejects(FliptClient.fromEnvironment(), (error: unknown) => {
      assert.ok(error instanceof ValidationError, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  }
  for (const [options, what] of [[null, "null"], ["http://a", "a string"]]) {
    await assert.rejects(FliptClient.fromEnvironment(options as never), {
      message: `the options of FliptClient.init() must be an object, but is ${what}`,
    });
  }
  setOnly({ FLIPT_FETCH_MODE: "streaming" });
  await assert.rejects(FliptClient.fromEnvironment({ fetchMode: "often" as "polling" }), /but is "often"$/);
});
