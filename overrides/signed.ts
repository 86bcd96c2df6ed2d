// Overrides that a request brings: text with a signature and an end, by WebCrypto. Whoever has the secret makes it; a
// request that brings anything else has no overrides.

import { ValidationError } from "../core/errors.ts";
import { isObject, mustBe } from "../core/describe.ts";
import { checkedOverrides } from "../src/evaluation/override_text.ts";
import type { FlagOverride, OverrideValues } from "../src/evaluation/overrides.ts";
import type { AnyFlags, FlagTypes } from "../src/evaluation/typed_flags.ts";

/** How overrides are signed. */
export interface SignOverridesOptions {
  /** What they are signed with: at least 32 characters that nobody can guess. */
  readonly secret: string;
  /** Seconds that they are good for. @default 3600 */
  readonly expiresIn?: number;
}

/** How signed overrides are read. */
export interface SignedOverridesOptions {
  /** What they were signed with; several while one takes the place of another. */
  readonly secret: string | readonly string[];
  /** The cookie that they are in; `""` for none. @default "flipt-overrides" */
  readonly cookie?: string;
  /** The header that they are in, which counts before the cookie; `""` for none. @default "x-flipt-overrides" */
  readonly header?: string;
  /** Is told why a request that brought something has no overrides. @default nobody is */
  readonly onRejected?: (reason: "malformed" | "not signed with this secret" | "expired") => void;
}

/** What is used of a request: a `Request` of the web has it, and those of Node, Express and Fastify. */
export interface RequestWithHeaders {
  /** The headers; of an object, the names are in lower case. */
  readonly headers: Pick<Headers, "get"> | Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Returns the overrides that a request brings; `undefined` for none, and for any that cannot be trusted. */
export type OverridesReader = (
  request: RequestWithHeaders,
) => Promise<Readonly<Record<string, FlagOverride>> | undefined>;

/** What is signed begins with it, so that a secret that signs other things, too, does not mix them up. */
const PURPOSE = "flipt-overrides.v1.";
/** What a cookie holds with its name, in characters. */
const MAX_LENGTH = 3_800;
const MIN_SECRET = 32;
const MAX_SECONDS = 31_536_000;
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

/**
 * Signs overrides, for a cookie or a header of whom they are meant for. They are signed, not encrypted: who has them can
 * read them, and pass them on until they expire.
 *
 * @param overrides The overrides by the key of their flag.
 * @returns text of letters, digits, `.`, `-` and `_`.
 * @throws {ValidationError} (rejects) when an option or an override is none, or there are too many for a cookie.
 */
export async function signOverrides<Flags extends FlagTypes<Flags> = AnyFlags>(
  overrides: OverrideValues<Flags>,
  { secret, expiresIn = 3600 }: SignOverridesOptions,
): Promise<string> {
  if (!(expiresIn > 0 && expiresIn <= MAX_SECONDS)) {
    throw new ValidationError("expiresIn must be a positive number of seconds, at most 31536000 (a year)");
  }
  checkSecret(secret);
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
 * Makes a function that reads the overrides of requests, for `identify` of a middleware.
 *
 * @returns a function that never rejects.
 * @throws {ValidationError} when a secret is too short.
 */
export function signedOverrides(options: SignedOverridesOptions): OverridesReader {
  const { secret, cookie = "flipt-overrides", header = "x-flipt-overrides", onRejected } = options;
  const secrets: readonly string[] = typeof secret === "string" ? [secret] : secret;
  if (!Array.isArray(secrets) || secrets.length === 0) checkSecret(secret);
  secrets.forEach(checkSecret);
  let keys: Promise<readonly CryptoKey[]> | undefined;
  return async ({ headers }) => {
    const token = (header && headerOf(headers, header)) || cookieOf(headerOf(headers, "cookie"), cookie);
    if (!token) return undefined;
    keys ??= Promise.all(secrets.map(keyOf));
    const result = await read(token, await keys);
    if (typeof result !== "string") return result;
    onRejected?.(result);
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
    // It compares in constant time.
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

function checkSecret(secret: unknown): void {
  if (typeof secret === "string" && secret.length >= MIN_SECRET) return;
  // It stays out of the message.
  const kind = typeof secret === "string" ? "" : `; it ${mustBe("a string", secret)}`;
  throw new ValidationError(`the secret of overrides must have at least ${MIN_SECRET} characters${kind}`);
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
