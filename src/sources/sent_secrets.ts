// What was sent and is secret, which servers and gateways repeat: no message has it.

import type { RequestDetails } from "./response_body.ts";

/** Headers whose names say that what they hold is nobody's business. */
const SECRETS = /auth|cookie|key|pass|secret|session|token/i;

/** The text without what is secret in the headers; a few letters are no secret, and in many words. */
export function hide(text: string, sent: RequestDetails["sent"]): string {
  let hidden = text;
  for (const [name, value] of Object.entries(sent)) {
    // With its scheme, and alone.
    for (const secret of SECRETS.test(name) ? [value, value.split(" ").at(-1) ?? ""] : []) {
      if (secret.length >= 4) hidden = hidden.replaceAll(secret, "[token]");
    }
  }
  return hidden;
}
