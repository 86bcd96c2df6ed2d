// Signed overrides: what was signed is read again, and nothing else.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mock, test } from "node:test";
import {
  parseOverrides,
  signedOverrides,
  signOverrides,
  type SignOverridesOptions,
} from "../../overrides/mod.ts";

const secret = "0123456789abcdef0123456789abcdef";
const other = "fedcba9876543210fedcba9876543210";

/** A reader, and why it rejected what. */
function reader(options: Partial<Parameters<typeof signedOverrides>[0]> = {}) {
  const rejected: string[] = [];
  const read = signedOverrides({ secret, onRejected: (reason) => rejected.push(reason), ...options });
  return { read, rejected };
}

test("a token is read from the header or the cookie, of a request of the web and of Node", async () => {
  const overrides = {
    "new-checkout": true,
    theme: "dark",
    banner: { variant: "winter", attachment: { a: "ü" } },
  };
  const token = await signOverrides(overrides, { secret });
  assert.match(token, /^[\w.-]+$/);
  const { read, rejected } = reader();
  const cookie = `a=1; flipt-overrides=${token}; b=2`;
  for (
    const headers of [
      new Headers({ "x-flipt-overrides": token }),
      new Headers({ cookie }),
      { "x-flipt-overrides": token },
      { cookie },
      { cookie: ["c=3", cookie] },
    ]
  ) {
    assert.deepEqual(await read({ headers }), overrides);
  }
  assert.deepEqual(
    await read(new Request("http://shop.test", { headers: { "x-flipt-overrides": token } })),
    overrides,
  );
  assert.equal(await read({ headers: {} }), undefined);
  assert.equal(await read({ headers: new Headers({ cookie: "a=1" }) }), undefined);
  assert.deepEqual(rejected, []);
  const named = reader({ cookie: "qa", header: "" }).read;
  assert.equal(await named({ headers: { "x-flipt-overrides": token, cookie } }), undefined);
  assert.deepEqual(await named({ headers: { cookie: `qa=${token}` } }), overrides);
});

test("what was not signed with the secret, was changed, or has expired is nothing", async () => {
  const { read, rejected } = reader();
  const none = async (token: string): Promise<string | undefined> => {
    assert.equal(await read({ headers: { "x-flipt-overrides": token } }), undefined, token);
    return rejected.pop();
  };
  const token = await signOverrides({ admin: false }, { secret });
  const [payload = "", signature = ""] = token.split(".");
  const forged = Buffer.from(Buffer.from(payload, "base64url").toString().replace("false", "true")).toString(
    "base64url",
  );
  assert.notEqual(forged, payload);
  assert.equal(await none(`${forged}.${signature}`), "not signed with this secret");
  assert.equal(await none(`${payload}.`), "not signed with this secret");
  assert.equal(await none(`${payload}.${signature.slice(0, -4)}`), "not signed with this secret");
  assert.equal(
    await none(await signOverrides({ admin: true }, { secret: other })),
    "not signed with this secret",
  );
  for (const malformed of ["true", `${token}.x`, `${payload}.!`, "x".repeat(5_000)]) {
    assert.match(await none(malformed) ?? "", /malformed|not signed/);
  }
  const now = mock.method(Date, "now", () => Date.UTC(2020, 0, 1));
  const old = await signOverrides({ admin: true }, { secret, expiresIn: 60 });
  now.mock.mockImplementation(() => Date.UTC(2020, 0, 1) + 59_000);
  assert.deepEqual(await read({ headers: { "x-flipt-overrides": old } }), { admin: true });
  now.mock.mockImplementation(() => Date.UTC(2020, 0, 1) + 60_000);
  assert.equal(await none(old), "expired");
  now.mock.restore();
});

test("several secrets are good while one takes the place of another", async () => {
  const { read } = reader({ secret: [other, secret] });
  for (const each of [secret, other]) {
    const token = await signOverrides({ a: true }, { secret: each });
    assert.deepEqual(await read({ headers: { "x-flipt-overrides": token } }), { a: true });
  }
});

test("short secrets, odd times and too many overrides are refused, and no message has the secret in it", async () => {
  const short = "too-short";
  for (
    const use of [
      () => signedOverrides({ secret: short }),
      () => signedOverrides({ secret: [secret, short] }),
    ]
  ) {
    assert.throws(
      use,
      (error) =>
        error instanceof Error && /32 characters/.test(error.message) && !error.message.includes(short),
    );
  }
  assert.throws(() => signedOverrides({ secret: [] }), /32 characters/);
  assert.throws(() => signedOverrides({ secret: undefined as unknown as string }), /must be a string/);
  await assert.rejects(signOverrides({ a: true }, { secret: short }), /32 characters/);
  await assert.rejects(signOverrides({ a: true }, { secret, expiresIn: 0 }), {
    name: "ValidationError",
    message:
      "expiresIn of signOverrides() must be a positive number of seconds, at most 31536000 (a year), but is 0",
  });
  await assert.rejects(signOverrides({ a: true }, undefined as unknown as SignOverridesOptions), {
    name: "ValidationError",
    message: "signOverrides() takes an object of options, but was given undefined",
  });
  await assert.rejects(signOverrides({ a: true }, { secret, expireIn: 60 } as SignOverridesOptions), {
    name: "ValidationError",
    message: /^unknown option "expireIn" of signOverrides\(\)/,
  });
  assert.throws(() => signedOverrides({ secret, cookie: 5 as unknown as string }), {
    name: "ValidationError",
    message: "cookie of signedOverrides() must be a string, but is a number",
  });
  await assert.rejects(
    signOverrides({ a: 5 as unknown as boolean }, { secret }),
    /flag "a" must be a boolean/,
  );
  await assert.rejects(signOverrides({ a: "x".repeat(4_000) }, { secret }), /override fewer flags/);
});

test("text is read as pairs, or as JSON", () => {
  assert.deepEqual({ ...parseOverrides(" new-checkout=true, theme = dark ,off=false,none=,") }, {
    "new-checkout": true,
    theme: "dark",
    off: false,
    none: "",
  });
  assert.deepEqual(parseOverrides('{"theme":{"variant":"dark","attachment":{"columns":4}}}'), {
    theme: { variant: "dark", attachment: { columns: 4 } },
  });
  assert.throws(
    () => parseOverrides("theme", "FLIPT_OVERRIDES"),
    /^ValidationError: FLIPT_OVERRIDES must be such as .*"theme"/,
  );
  assert.throws(() => parseOverrides("=true"), /must be such as/);
  assert.throws(() => parseOverrides("{"), /cannot be read as JSON/);
  assert.throws(() => parseOverrides('{"a":5}'), /flag "a" must be a boolean, the key of a variant/);
});

test("a failing onRejected is reported, and does not reject", async () => {
  const warn = mock.method(console, "warn", () => {});
  try {
    const { read } = reader({
      onRejected: () => {
        throw new Error("the log is full");
      },
    });
    assert.equal(await read({ headers: { cookie: "flipt-overrides=forged" } }), undefined);
    assert.equal(warn.mock.callCount(), 1);
  } finally {
    warn.mock.restore();
  }
});
