/**
 * For pages that get answers instead of rules: a script element with the answers for a visitor, and a handler that
 * serves them afterwards, as JSON with an ETag, as an event stream, and over OFREP. `@flipt-ffi/client/answers/page`
 * reads them.
 *
 * @example
 * ```ts
 * import { answersScript } from "@flipt-ffi/client/answers";
 *
 * const html = answersScript({ digest: "d1", flags: { "dark-mode": { value: true, reason: "MATCH_EVALUATION_REASON" } } });
 * console.assert(html.startsWith('<script type="application/json" id="flipt-answers">{"digest":"d1"'));
 * ```
 *
 * @module
 */

export { answersScript } from "./script.ts";
export type { AnswersScriptOptions } from "./script.ts";
export { answersHandler } from "./handler.ts";
export type { AnsweringClient, AnswersHandlerOptions, OfrepContext, Visitor } from "./handler.ts";
export type { Answer, Answers, AnswerSource } from "./answers.ts";
