// The kinds of tokens that functions for the option `authentication` send.

import { nameProblem } from "../../core/describe.ts";

/** How a token is sent: a static token of Flipt, or a JSON Web Token. */
export type TokenKind = "clientToken" | "jwtToken";

/** What is wrong with the kind of a token, worded to follow its name; `undefined` when nothing is. */
export function kindProblem(value: unknown): string | undefined {
  return nameProblem(value, ["clientToken", "jwtToken"] satisfies TokenKind[]);
}
