// What the option `tls` may not hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions } from "../../../mod.ts";
import { FliptClient, ValidationError } from "../../../mod.ts";
import { failure } from "../../support/secure_server.ts";

test("what the option may not hold is told before anything is opened", async () => {
  const https = "https://localhost:1";
  const cases: readonly (readonly [unknown, string])[] = [
    [
      { tls: "ca.pem", url: https },
      'tls must be an object such as { caCertFile: "ca.pem" }, but is a string',
    ],
    [
      { tls: { caCertfile: "x" }, url: https },
      'tls has an unknown member "caCertfile"; did you mean "caCertFile"?',
    ],
    [{ tls: { caCertFile: 7 }, url: https }, "tls must have a string as its caCertFile, but has a number"],
    [{ tls: { caCertData: " " }, url: https }, "tls has an empty caCertData"],
    [
      { tls: { insecureSkipVerify: "yes" }, url: https },
      "tls must have a boolean as its insecureSkipVerify, but has a string",
    ],
    [
      { tls: { clientCertFile: "c.pem" }, url: https },
      "tls has a client certificate without its key: give clientKeyFile or clientKeyData",
    ],
    [
      { tls: { clientKeyData: "k" }, url: https },
      "tls has a client key without its certificate: give clientCertFile or clientCertData",
    ],
    ...["https://proxy:1", "http://proxy:1/path", "http://proxy:1?q", "proxy:1", "proxy"].map((proxy) =>
      [
        { tls: { proxy }, url: https },
        "tls must have a proxy such as http://proxy.internal:3128, without a path",
      ] as const
    ),
    [{ tls: {}, url: "http://localhost:1" }, "tls only works with a url that starts with https://"],
    [{ tls: {} }, "tls only works with a url that starts with https://"],
    [
      { tls: {}, url: https, fetcher: () => Promise.resolve(Response.error()) },
      "tls and fetcher cannot both be given: a fetcher makes its own connections",
    ],
  ];
  for (const [options, problem] of cases) {
    const error = await failure(FliptClient.init(options as ClientOptions));
    assert.ok(error instanceof ValidationError, String(error));
    assert.deepEqual(error.message.split("\n").slice(1), [`- ${problem}`]);
  }
});
