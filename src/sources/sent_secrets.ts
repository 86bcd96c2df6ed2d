// What was sent and is secret, which servers and gateways repeat: no message has it.

import type { RequestDetails } from "./response_body.ts";

/** Headers whose names say that what they hold is nobody's business. */
const SECRETS = /auth(?!ors?$)|cookie|credential|key|pass|secret|session|signature|token/i;

/** A few letters are no secret, and in many words: the least length of a value, and of a part of one. */
const LEAST = 4;
const LEAST_OF_PART = 8;

/** The text without what is secret in the headers. */
export function hide(text: string, sent: RequestDetails["sent"]): string {
  const secrets = Object.entries(sent).flatMap(([name, value]) => SECRETS.test(name) ? partsOf(value) : []);
  // The longest first: one may be the beginning of another.
  secrets.sort((one, other) => other.length - one.length);
  return secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "[token]"), text);
}

/** A value, what is behind its scheme, and the cookies in it with and without their names. */
function partsOf(value: string): string[] {
  const cookies = value.split(/[;,\s]+/);
  const parts = [...cookies, ...cookies.map((cookie) => cookie.slice(cookie.indexOf("=") + 1))];
  return [
    ...[value, value.split(" ").at(-1) ?? ""].filter(({ length }) => length >= LEAST),
    ...parts.filter(({ length }) => length >= LEAST_OF_PART),
  ];
}
