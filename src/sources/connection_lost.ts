// What tells a request that was lost with a connection from one that was answered badly.

import { causesOf } from "../../core/errors.ts";

const words = /EPIPE|UND_ERR_SOCKET|reset|closed|broken pipe|hang up/i;

/** Whether a connection broke before the response, in the words of any runtime. */
export function isConnectionLost(error: unknown): boolean {
  return causesOf(error).some((each) =>
    words.test(each.message) || ("code" in each && words.test(String(each.code)))
  );
}
