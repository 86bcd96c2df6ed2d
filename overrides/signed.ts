// Overrides in a request: a token with a signature (WebCrypto) and an expiry. Only who has the secret can create one; any
// other token is ignored.

import { ValidationError } from "../core/errors.ts";
import { isObject, mustBe, mustBeNumber } from "../core/describe.ts";
import { functionProblem } from "../core/argument_checks.ts";
import { checkOptions, optional } from "../core/option_checks.ts";
import { UserCallbacks } from "../core/user_callbacks.ts";
import { checkedOverrides } from "../src/evaluation/override_text.ts";
import type { FlagOverride, OverrideValues } from "../src/evaluation/overrides.ts";
import type { AnyFlags, FlagTypes } from "../src/evaluation/typed_flags.ts";

/** How overrides are signed. */
export interface SignOverridesOptions {
  /** The key of the signature: at least 32 characters that nobody can guess. */
  readonly secret: string;
  /** Seconds until they expire. @default 3600 */
  readonly expiresIn?: number;
}

/** How signed overrides are read. */
export interface SignedOverridesOptions {
  /** The secret they were signed with; an array while it is being replaced. */
  readonly secret: string | readonly string[];
  /** The name of the cookie; `""` for none. @default "flipt-overrides" */
  readonly cookie?: string;
  /** The name of the header, which takes precedence over the cookie; `""` for none. @default "x-flipt-overrides" */
  readonly header?: string;
  /** Called with the reason when the token of a request is rejected. @default none */
  readonly onRejected?: (reason: "malformed" | "not signed with this secret" | "expired") => void;
}

/** The part of a request that is used: a web `Request` has it, and those of Node, Express and Fastify. */
export interface RequestWithHeaders {
  /** The headers; in a plain object, the names are in lower case. */
  readonly headers: Pick<Headers, "get"> | Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Returns the overrides of a request; `undefined` if it has none, or none that can be trusted. */
export type OverridesReader = (
  request: RequestWithHeaders,
) => Promise<Readonly<Record<string, FlagOverride>> | undefined>;

/** A prefix of the signed text, so that signatures made with the same secret for other purposes are not accepted. */
const PURPOSE = "flipt-overrides.v1.";
/** The maximum length of a token, in characters, so that it fits into a cookie. */
const MAX_LENGTH = 3_800;
const MIN_SECRET = 32;
const MAX_SECONDS = 31_536_000;
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

/**
 * Signs overrides, for a cookie or a header. They are not encrypted: whoever has the token can read it, and pass it on
 * until it expires.
 *
 * @param overrides The overrides by flag key.
 * @returns a token of letters, digits, `.`, `-` and `_`.
 * @throws {ValidationError} (rejects) if an option or an override is invalid, or the token is too long for a cookie.
 */
export async function signOverrides<Flags extends FlagTypes<Flags> = AnyFlags>(
  overrides: OverrideValues<Flags>,
  options: SignOverridesOptions,
): Promise<string> {
  checkOptions("signOverrides", options, { secret: secretProblem, expiresIn: optional(expiryProblem) });
  const { secret, expiresIn = 3600 } = options;
  const flags = checkedOverrides(overrides, "the overrides");
  const expires = Math.floor(Date.now() / 1000 + expiresIn);
  const payload = encoded(new TextEncoder().encode(JSON.stringify({ expires, flags })));
  const signature = await crypto.subtle.sign(HMAC.name, await keyOf(secret), signed(payload));
  const token = `${payload}.${encoded(new Uint8Array(signature))}`;
  if (token.length <= MAX_LENGTH) return token;
  throw new ValidationError(
    `the overrides are ${token.length} characters, and a cookie holds ${MAX_LENGTH}: override fewer flags`,
  );
}

/**
 * Returns a function that reads the overrides of requests, for `identify` of a middleware.
 *
 * @returns a function that rejects only if what it is given is not a request.
 * @throws {ValidationError} if a secret is too short.
 */
export function signedOverrides(options: SignedOverridesOptions): OverridesReader {
  const nameProblem = optional((value) => typeof value === "string" ? undefined : mustBe("a string", value));
  checkOptions("signedOverrides", options, {
    secret: (value) => {
      const secrets = Array.isArray(value) && value.length > 0 ? value : [value];
      return secrets.map(secretProblem).find((problem) => problem !== undefined);
    },
    cookie: nameProblem,
    header: nameProblem,
    onRejected: optional(functionProblem),
  });
  const { secret, cookie = "flipt-overrides", header = "x-flipt-overrides", onRejected } = options;
  const secrets: readonly string[] = typeof secret === "string" ? [secret] : secret;
  let keys: Promise<readonly CryptoKey[]> | undefined;
  const callbacks = new UserCallbacks();
  return async (request) => {
    if (!isObject(request?.headers)) {
      throw new ValidationError(
        "signedOverrides() reads the headers of a request, but was given none: with Hono, pass c.req.raw",
      );
    }
    const { headers } = request;
    const token = (header && headerOf(headers, header)) || cookieOf(headerOf(headers, "cookie"), cookie);
    if (!token) return undefined;
    keys ??= Promise.all(secrets.map(keyOf));
    const result = await read(token, await keys);
    if (typeof result !== "string") return result;
    // A failing logger must not turn a forged cookie into a failed request.
    if (onRejected) {
      callbacks.run(onRejected, "flipt: onRejected of signedOverrides failed", () => onRejected(result));
    }
    return undefined;
  };
}

type Rejection = Parameters<NonNullable<SignedOverridesOptions["onRejected"]>>[0];

async function read(
  token: string,
  keys: readonly CryptoKey[],
): Promise<Readonly<Record<string, FlagOverride>> | Rejection> {
  const [payload = "", signature = "", ...more] = token.split(".");
  const bytes = decoded(signature);
  if (token.length > MAX_LENGTH || more.length > 0 || bytes === undefined) return "malformed";
  const verified = await Promise.all(
    // `verify` compares in constant time.
    keys.map((key) => crypto.subtle.verify(HMAC.name, key, bytes, signed(payload))),
  );
  if (!verified.includes(true)) return "not signed with this secret";
  try {
    const { expires, flags } = JSON.parse(new TextDecoder().decode(decoded(payload)));
    if (!(Date.now() / 1000 < expires)) return "expired";
    return checkedOverrides(flags, "the overrides");
  } catch {
    return "malformed";
  }
}

function secretProblem(secret: unknown): string | undefined {
  const what = `a string of at least ${MIN_SECRET} characters`;
  if (typeof secret !== "string") return mustBe(what, secret);
  // The secret is never part of the message.
  return secret.length < MIN_SECRET ? `must be ${what}` : undefined;
}

function expiryProblem(seconds: unknown): string | undefined {
  if (typeof seconds === "number" && seconds > 0 && seconds <= MAX_SECONDS) return undefined;
  return mustBeNumber(`a positive number of seconds, at most ${MAX_SECONDS} (a year)`, seconds);
}

async function keyOf(secret: string): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), HMAC, false, [
    "sign",
    "verify",
  ]);
}

function signed(payload: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(PURPOSE + payload);
}

function headerOf(headers: RequestWithHeaders["headers"], name: string): string | undefined {
  if (isObject(headers) && typeof headers["get"] === "function") {
    return (headers as Pick<Headers, "get">).get(name) ?? undefined;
  }
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[
    name.toLowerCase()
  ];
  return typeof value === "string" ? value : value?.join("; ");
}

function cookieOf(cookies: string | undefined, name: string): string | undefined {
  if (name === "") return undefined;
  return cookies?.split(";").map((each) => each.trim()).find((each) => each.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

function encoded(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decoded(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
