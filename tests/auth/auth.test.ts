// Functions that give tokens: from files, for a service account, and by OAuth 2.

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { clientCredentials, kubernetesServiceAccount, tokenFile } from "../../auth/mod.ts";
import { type AuthenticationProvider, FetchError, FliptError, ValidationError } from "../../mod.ts";
import { CachedToken } from "../../src/authentication/cached_token.ts";
import { testClient } from "../support/runtime.ts";
import { options, shopServer } from "../support/shop_server.ts";
import { Folder } from "../support/stores.ts";

const folder = new Folder();
after(() => folder[Symbol.dispose]());

/** A request for a token. */
interface TokenRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server that gives tokens. */
class TokenServer {
  readonly requests: TokenRequest[] = [];
  /** What it answers. */
  answer: (count: number) => { readonly status?: number; readonly body: unknown } = () => ({ body: {} });
  readonly #server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => body += chunk);
    request.on("end", () => {
      this.requests.push({ path: request.url ?? "", headers: request.headers, body });
      const { status = 200, body: answer } = this.answer(this.requests.length);
      response.writeHead(status, { "content-type": "application/json", connection: "close" });
      response.end(JSON.stringify(answer));
    });
  });

  /** Where it is. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<TokenServer> {
    const server = new TokenServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }
}

test("the token in a file is read before each request, and kept while it cannot be", async () => {
  const path = join(folder.path, "token");
  await using server = await shopServer();
  const authentication = tokenFile(path);
  await assert.rejects(Promise.resolve(authentication()), (error: unknown) => {
    return error instanceof FliptError && /^the token file .*token cannot be read: /.test(error.message);
  });
  writeFileSync(path, "");
  await assert.rejects(Promise.resolve(authentication()), /is empty$/);
  writeFileSync(path, "first\n");
  const { client } = await testClient(options(server, { authentication }));
  writeFileSync(path, "second");
  await client.refresh();
  rmSync(path);
  await client.refresh();
  assert.deepEqual(server.requests.map(({ headers }) => headers["authorization"]), [
    "Bearer first",
    "Bearer second",
    "Bearer second",
  ]);
  client.close();
  writeFileSync(path, "a.b.c");
  assert.deepEqual(await tokenFile(path, { kind: "jwtToken" })(), { jwtToken: "a.b.c" });
});

test("what a function of this package says of its failure is in the error, what one of the user's says is not", async () => {
  await using server = await shopServer();
  const failing: readonly [AuthenticationProvider, RegExp][] = [
    [
      tokenFile("no/such/token"),
      /^the authentication function failed: the token file no\/such\/token cannot be read/,
    ],
    [
      () => Promise.reject(new Error("secret-word")),
      /^the authentication function failed: see the cause( \(|$)/,
    ],
  ];
  for (const [authentication, message] of failing) {
    await assert.rejects(testClient(options(server, { authentication })), { name: "FetchError", message });
  }
});

test("the token of a service account is exchanged for one of Flipt, until that expires or is refused", async () => {
  const path = join(folder.path, "service-account");
  writeFileSync(path, "the.service.account\n");
  await using tokens = await TokenServer.start();
  tokens.answer = (count) => ({
    body: {
      clientToken: `token-${count}`,
      authentication: {
        method: "METHOD_KUBERNETES",
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      },
    },
  });
  await using server = await shopServer(2, ["Bearer token-1"]);
  const authentication = kubernetesServiceAccount({ url: `${tokens.url}/`, path });
  const { client } = await testClient(options(server, { authentication }));
  await client.refresh();
  assert.equal(tokens.requests.length, 1);
  assert.equal(tokens.requests[0]?.path, "/auth/v1/method/kubernetes/serviceaccount");
  assert.equal(tokens.requests[0].headers["content-type"], "application/json");
  assert.deepEqual(JSON.parse(tokens.requests[0].body), { serviceAccountToken: "the.service.account" });
  client.close();
  await using other = await shopServer(2, ["Bearer token-2"]);
  const renewed = await testClient(options(other, { authentication }));
  assert.deepEqual(other.requests.map(({ headers }) => headers["authorization"]), [
    "Bearer token-1",
    "Bearer token-2",
  ]);
  renewed.client.close();
});

test("the credentials of a client get a token by OAuth 2", async () => {
  await using tokens = await TokenServer.start();
  tokens.answer = (count) => ({
    body: { access_token: `jwt-${count}`, expires_in: 3600, token_type: "Bearer" },
  });
  const base = { tokenUrl: `${tokens.url}/token`, clientId: "the shop", clientSecret: "s:e+c" };
  const authentication = clientCredentials({ ...base, scope: "flipt", audience: "https://flipt" });
  assert.deepEqual(await authentication(), { jwtToken: "jwt-1" });
  assert.deepEqual(await authentication(), { jwtToken: "jwt-1" });
  assert.deepEqual(await authentication({ isRejected: true }), { jwtToken: "jwt-2" });
  const [first] = tokens.requests;
  assert.equal(first?.headers["authorization"], `Basic ${btoa("the+shop:s%3Ae%2Bc")}`);
  assert.equal(first.body, "grant_type=client_credentials&scope=flipt&audience=https%3A%2F%2Fflipt");
  const inBody = clientCredentials({
    ...base,
    clientSecret: () => Promise.resolve("rotated"),
    credentialsIn: "body",
    kind: "clientToken",
  });
  assert.deepEqual(await inBody(), { clientToken: "jwt-3" });
  assert.equal(
    tokens.requests.at(-1)?.body,
    "grant_type=client_credentials&client_id=the+shop&client_secret=rotated",
  );
  assert.equal(tokens.requests.at(-1)?.headers["authorization"], undefined);
});

test("a token server that gives none is an error without secrets, and one that may be tried again", async () => {
  await using tokens = await TokenServer.start();
  const credentials = { tokenUrl: `${tokens.url}/token`, clientId: "shop", clientSecret: "secret-word" };
  const reject = async (provider: AuthenticationProvider, message: RegExp): Promise<void> => {
    await assert.rejects(Promise.resolve(provider()), (error: unknown) => {
      assert.ok(error instanceof FliptError);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret-word/);
      return true;
    });
  };
  tokens.answer = () => ({
    status: 401,
    body: { error: "invalid_client", error_description: "secret-word?" },
  });
  await reject(clientCredentials(credentials), /\/token returned no token: it answered 401: invalid_client$/);
  tokens.answer = () => ({ body: { other: 1 } });
  await reject(clientCredentials(credentials), /returned no access_token$/);
  const path = join(folder.path, "account");
  writeFileSync(path, "secret-word");
  await reject(
    kubernetesServiceAccount({ url: tokens.url, path }),
    /returned no clientToken: is this the address/,
  );
  const fetch = (): Promise<Response> => Promise.reject(new TypeError("down"));
  await reject(clientCredentials({ ...credentials, fetch }), /no response from .*\/token/);
  assert.throws(() => clientCredentials({ ...credentials, tokenUrl: "login" }), ValidationError);
  await using server = await shopServer();
  await assert.rejects(
    testClient(options(server, { authentication: clientCredentials({ ...credentials, fetch }) })),
    (error: unknown) =>
      error instanceof FetchError && error.retryable && !error.message.includes("secret-word"),
  );
});

test("a kept token is renewed shortly before it expires, once, and used while that fails", async () => {
  let now = 0;
  let count = 0;
  let isDown = false;
  const issue = (): Promise<{ token: string; expiresAt: number | undefined }> => {
    count++;
    return isDown
      ? Promise.reject(new Error("down"))
      : Promise.resolve({ token: `t${count}`, expiresAt: now + 3_600_000 });
  };
  const cached = new CachedToken(issue, () => now);
  assert.deepEqual(await Promise.all([cached.get(), cached.get(), cached.get()]), ["t1", "t1", "t1"]);
  now = 3_600_000 - 60_001;
  assert.equal(await cached.get(), "t1");
  now = 3_600_000 - 60_000;
  isDown = true;
  assert.equal(await cached.get(), "t1");
  await assert.rejects(cached.get({ isRejected: true }), /down/);
  now = 3_600_000;
  await assert.rejects(cached.get(), /down/);
  isDown = false;
  assert.equal(await cached.get(), "t5");
  const short = new CachedToken(
    () => Promise.resolve({ token: `s${++count}`, expiresAt: now + 10_000 }),
    () => now,
  );
  const held = await short.get();
  now += 8_999;
  assert.equal(await short.get(), held);
  now += 1;
  assert.notEqual(await short.get(), held);
});

test("a token URL with a password is refused, without showing it", () => {
  const tokenUrl = "https://shop:p4ssword@login.example.com/token";
  assert.throws(
    () => clientCredentials({ tokenUrl, clientId: "shop", clientSecret: "secret" }),
    (error: Error) => {
      assert.match(
        error.message,
        /^tokenUrl of clientCredentials\(\) must not have a user name or password in it/,
      );
      assert.doesNotMatch(error.message, /p4ssword/);
      return error.name === "ValidationError";
    },
  );
});

test("what the options of a function that gives tokens must be is said, with the name that was meant", () => {
  const url = "http://localhost:8080";
  const credentials = { tokenUrl: url, clientId: "shop", clientSecret: "secret-word" };
  const wrong: readonly [(...given: never[]) => unknown, unknown[], RegExp][] = [
    [tokenFile, [], /^the path of tokenFile\(\) must be a string, but is undefined$/],
    [
      tokenFile,
      ["token", { kind: "jwt" }],
      /^kind of tokenFile\(\) must be one of "clientToken", "jwtToken", but is "jwt"$/,
    ],
    [tokenFile, ["token", "jwtToken"], /^tokenFile\(\) takes an object of options, but was given a string$/],
    [
      kubernetesServiceAccount,
      [],
      /^kubernetesServiceAccount\(\) takes an object of options, but was given undefined$/,
    ],
    [
      kubernetesServiceAccount,
      [{}],
      /^url of kubernetesServiceAccount\(\) must be a string, but is undefined$/,
    ],
    [kubernetesServiceAccount, [{ url: "flipt:8080" }], /^url of .* must be a URL that starts with http/],
    [
      kubernetesServiceAccount,
      [{ url: "http://a:secret-word@b" }],
      /^url of .* must not have a user name or password/,
    ],
    [kubernetesServiceAccount, [{ url, fetch: 5 }], /^fetch of .* must be a function, but is a number$/],
    [
      clientCredentials,
      [{ ...credentials, clientID: "shop" }],
      /^unknown option "clientID" of clientCredentials\(\); did you mean "clientId"\?$/,
    ],
    [
      clientCredentials,
      [{ ...credentials, clientSecret: undefined }],
      /^clientSecret of .* must be a string/,
    ],
    [
      clientCredentials,
      [{ ...credentials, credentialsIn: "query" }],
      /^credentialsIn of .* must be one of "header", "body"/,
    ],
  ];
  for (const [make, given, message] of wrong) {
    assert.throws(() => make(...given as never[]), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret-word/);
      return error instanceof ValidationError;
    });
  }
});
