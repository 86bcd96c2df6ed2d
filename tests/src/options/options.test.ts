// What FliptClient.init accepts, and how it says what it does not.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ClientOptions } from "../../../mod.ts";
import { ErrorStrategy, FliptClient, FliptEvaluationClient, ValidationError } from "../../../mod.ts";
import { MAX_INTERVAL_SECONDS, resolveOptions } from "../../../src/options/options.ts";
import { version } from "../../../core/version.ts";

/** The problems that the options have, one a line. */
function problems(options: unknown): string[] {
  try {
    resolveOptions(options as ClientOptions);
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    return error.message.split("\n").slice(1).map((line) => line.replace(/^- /, ""));
  }
  return [];
}

test("the defaults are those of the official client", () => {
  assert.deepEqual(resolveOptions(), {
    url: "http://localhost:8080",
    environment: "default",
    namespace: "default",
    fetchMode: "polling",
    updateInterval: 120,
    requestTimeout: 30,
    bodyTimeout: 300,
    maxDocumentBytes: 268_435_456,
    errorStrategy: "fail",
    initialFetch: true,
    updates: "background",
    defaults: Object.create(null),
    hooks: [],
    logLevel: "warn",
    engine: "auto",
  });
});

/** What a number of seconds must be. */
const SECONDS = `positive number of seconds, at most ${MAX_INTERVAL_SECONDS} (20 days)`;

test("an option that is undefined counts as absent, an unknown one too", () => {
  const absent = { url: undefined, hook: undefined, updateInterval: undefined, nonsense: undefined };
  assert.deepEqual(resolveOptions(absent as ClientOptions), resolveOptions({}));
});

test("everything that is wrong is said at once, one problem a line", async () => {
  const options = { url: "ftp://flipt", updateInterval: -1, updateInterva: 5, engine: "wasm", namespace: 7 };
  await assert.rejects(FliptClient.init(options as unknown as ClientOptions), (error: unknown) => {
    assert.ok(error instanceof ValidationError);
    assert.deepEqual(error.message.split("\n").slice(1).sort(), [
      '- engine must be one of "auto", "native", "portable", "flipt-engine-ffi", but is "wasm"',
      "- namespace must be a string, but is a number",
      '- unknown option "updateInterva"; did you mean "updateInterval"?',
      `- updateInterval must be 0 or a ${SECONDS}, but is -1`,
      "- url must be a URL that starts with http:// or https://",
    ]);
    return true;
  });
});

const wrong: readonly [name: string, options: unknown, problem: string][] = [
  ["an unknown option", { colour: "red" }, 'unknown option "colour"'],
  ["a slip of the case", { URL: "http://a" }, 'unknown option "URL"; did you mean "url"?'],
  [
    "an unknown fetchMode",
    { fetchMode: "stream" },
    'fetchMode must be one of "polling", "streaming", but is "stream"',
  ],
  [
    "headers that are none",
    { headers: "x-team: checkout" },
    'headers must be an object such as { "x-team": "checkout" }, but is a string',
  ],
  [
    "a collection of headers",
    { headers: new Headers() },
    'headers must be an object such as { "x-team": "checkout" }, but is a collection',
  ],
  [
    "a header that is the client's",
    { headers: { "Accept": "x" } },
    'headers cannot set "Accept": the client does',
  ],
  [
    "headers for a fetcher",
    { headers: {}, fetcher: () => Promise.reject() },
    "headers and fetcher cannot both be given: a fetcher sends its own",
  ],
  [
    "a stream from a fetcher",
    { fetchMode: "streaming", fetcher: () => Promise.reject() },
    'fetchMode "streaming" and fetcher cannot both be given: a fetcher answers once',
  ],
  [
    "a stream of a reference",
    { fetchMode: "streaming", reference: "main" },
    'reference and fetchMode "streaming" cannot both be given: a stream only has the newest state',
  ],
  [
    "an interval of a client without timers",
    { updates: "lazy", updateInterval: 30 },
    'updateInterval and updates "lazy" cannot both be given: only touch() and refresh() fetch then',
  ],
  [
    "a stream of a client without timers",
    { updates: "lazy", fetchMode: "streaming" },
    'fetchMode and updates "lazy" cannot both be given: only touch() and refresh() fetch then',
  ],
  [
    "a collection of overrides",
    { overrides: new Map([["dark-mode", true]]) },
    "overrides must be an object, but is a Map",
  ],
  [
    "a collection of defaults",
    { defaults: new URLSearchParams() },
    "defaults must be an object, but is a collection",
  ],
  [
    "half a byte",
    { maxDocumentBytes: 0.5 },
    "maxDocumentBytes must be a positive whole number of bytes, but is 0.5",
  ],
  [
    "no bytes",
    { maxDocumentBytes: "1MB" },
    "maxDocumentBytes must be a positive whole number of bytes, but is a string",
  ],
  ["no staleness", { maxStaleness: 0 }, `maxStaleness must be a ${SECONDS}, but is 0`],
  ["a url that is a number", { url: 8080 }, "url must be a string, but is a number"],
  ["an empty url", { url: " " }, "url cannot be empty"],
  [
    "a url without scheme",
    { url: "localhost:8080/flipt" },
    'url must be a URL that starts with http:// or https://; did you mean "http://localhost:8080/flipt"?',
  ],
  [
    "a relative socket",
    { url: "unix:flipt.sock" },
    "url must have an absolute path after unix:, such as unix:/run/flipt.sock",
  ],
  ["a url with a query", { url: "http://a/?x=1" }, "url must not have a query or fragment"],
  ["a url with a fragment", { url: "http://a/#x" }, "url must not have a query or fragment"],
  ["an empty namespace", { namespace: "" }, "namespace cannot be empty"],
  ["a namespace that climbs the path", { namespace: ".." }, 'namespace cannot be ".."'],
  ["half a character", { namespace: "a\ud800" }, "namespace contains a lone surrogate"],
  ["an environment of a wrong type", { environment: 7 }, "environment must be a string, but is a number"],
  ["a reference of a wrong type", { reference: {} }, "reference must be a string, but is an object"],
  [
    "a snapshot that is no string",
    { snapshot: new Uint8Array() },
    "snapshot must be a string, but is a collection",
  ],
  [
    "an initialFetch that is no boolean",
    { initialFetch: "no" },
    "initialFetch must be true or false, but is a string",
  ],
  [
    "nothing to start from without a fetch",
    { initialFetch: false },
    "initialFetch: false needs a snapshot or a store to start from",
  ],
  ["a blank snapshot", { snapshot: " " }, "snapshot cannot be empty"],
  ["NaN", { updateInterval: NaN }, `updateInterval must be 0 or a ${SECONDS}, but is NaN`],
  [
    "an endless interval",
    { updateInterval: Infinity },
    `updateInterval must be 0 or a ${SECONDS}, but is Infinity`,
  ],
  [
    "an interval too long for a timer",
    { updateInterval: MAX_INTERVAL_SECONDS + 1 },
    `updateInterval must be 0 or a ${SECONDS}, but is ${MAX_INTERVAL_SECONDS + 1}`,
  ],
  [
    "an interval in words",
    { updateInterval: "5" },
    `updateInterval must be 0 or a ${SECONDS}, but is a string`,
  ],
  ["no time at all", { requestTimeout: 0 }, `requestTimeout must be a ${SECONDS}, but is 0`],
  [
    "a negative timeout",
    { requestTimeout: -3 },
    `requestTimeout must be a ${SECONDS}, but is -3`,
  ],
  [
    "an unknown error strategy",
    { errorStrategy: "retry" },
    'errorStrategy must be one of "fail", "fallback", "strict", but is "retry"',
  ],
  [
    "an engine that is no name",
    { engine: true },
    'engine must be one of "auto", "native", "portable", "flipt-engine-ffi", but is a boolean',
  ],
  ["a fetcher that is no function", { fetcher: "x" }, "fetcher must be a function, but is a string"],
  ["a signal that is none", { signal: {} }, "signal must be an AbortSignal, but is an object"],
  [
    "hook and hooks",
    { hook: { before() {} }, hooks: [] },
    "hook and hooks cannot both be given: add it to hooks",
  ],
  [
    "a hook without anything",
    { hook: {} },
    "hook must be an object with before(), after(), error() or finally(), but has none",
  ],
  [
    "a hook with a wrong member",
    { hook: { before: 1 } },
    "hook must have a function as its before, but has a number",
  ],
  [
    "a hook that is a function",
    { hook: () => {} },
    "hook must be an object with before(), after(), error() or finally(), but is a function",
  ],
  [
    "hooks that are no array",
    { hooks: { before() {} } },
    "hooks must be an array of hooks, but is an object",
  ],
  [
    "hooks with one that is none",
    { hooks: [{ after() {} }, null] },
    "hooks must be an array of hooks, but member 1 must be an object with before(), after(), error() or finally(), but is null",
  ],
  [
    "a library for no particular engine",
    { libraryPath: "/lib.so" },
    'libraryPath only works with engine: "native" or "flipt-engine-ffi"',
  ],
  [
    "a token alone",
    { authentication: "secret-token" },
    "authentication must be { clientToken } or { jwtToken }, but is a string",
  ],
  [
    "both kinds of tokens",
    { authentication: { clientToken: "secret-token", jwtToken: "secret-token" } },
    "authentication must have one of clientToken and jwtToken, but has both",
  ],
  [
    "neither kind of token",
    { authentication: { token: "secret-token" } },
    "authentication must have one of clientToken and jwtToken, but has neither",
  ],
  [
    "a token that is no string",
    { authentication: { jwtToken: 5 } },
    "authentication must have a string as its jwtToken, but has a number",
  ],
];

for (const [name, options, problem] of wrong) {
  test(`refused with a reason: ${name}`, () => assert.deepEqual(problems(options), [problem]));
}

test("a token with a line break, a scheme or letters that headers cannot carry is refused", () => {
  for (
    const clientToken of [" ", "secret-token\n", "Bearer secret-token", "secret-token\u0000", "secret-tokenü"]
  ) {
    const [problem, ...more] = problems({ authentication: { clientToken } });
    assert.match(
      problem ?? "",
      /^authentication has a clientToken with a space or another invalid character/,
    );
    assert.deepEqual(more, []);
  }
});

test("no message repeats a token, or a password in a url", () => {
  const secrets: unknown[] = [
    { url: "http://user:secret-word@flipt" },
    { url: "http//user:secret-word@flipt" },
    { url: "user:secret-word@flipt" },
    { url: "http://flipt/?token=secret-word" },
    { authentication: "secret-word" },
    { authentication: { clientToken: "secret-word\r\n" } },
    { authentication: { clientToken: "secret-word", jwtToken: "secret-word" } },
    { authentication: ["secret-word"] },
    { snapshot: ["secret-word"] },
  ];
  for (const options of secrets) {
    const lines = problems(options);
    assert.equal(lines.length, 1, JSON.stringify(options));
    assert.doesNotMatch(lines.join(), /secret-word/);
  }
});

test("a url with credentials points to the authentication option", () => {
  const [problem] = problems({ url: "https://user:secret-word@flipt.example.com" });
  assert.equal(problem, "url must not have a user name or password in it; use the authentication option");
});

test("options that are no object are refused", async () => {
  for (const options of [null, "http://localhost:8080", [], 5]) {
    await assert.rejects(FliptClient.init(options as unknown as ClientOptions), {
      name: "ValidationError",
      message:
        /^the options of FliptClient\.init\(\) must be an object, but is (null|a string|an array|a number)$/,
    });
  }
});

test("slashes at the end of the url make no difference", () => {
  assert.equal(
    resolveOptions({ url: "http://flipt.example.com/base//" }).url,
    "http://flipt.example.com/base",
  );
});

test("a single hook and a list of hooks come to the same", () => {
  const hook = { before(): void {} };
  assert.deepEqual(resolveOptions({ hook }).hooks, resolveOptions({ hooks: [hook] }).hooks);
});

test("the names of the official client are there", () => {
  assert.equal(FliptEvaluationClient, FliptClient);
  assert.equal(resolveOptions({ errorStrategy: ErrorStrategy.Fallback }).errorStrategy, "fallback");
  assert.equal(resolveOptions({ errorStrategy: ErrorStrategy.Fail }).errorStrategy, "fail");
  assert.equal(resolveOptions({ errorStrategy: ErrorStrategy.Strict }).errorStrategy, "strict");
});

test("the version in requests is that of the package", () => {
  const file: unknown = JSON.parse(readFileSync(new URL("../../../deno.json", import.meta.url), "utf8"));
  assert.equal((file as { version: string }).version, version);
});
