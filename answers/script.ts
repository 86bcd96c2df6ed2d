// The element that a server puts into a page, with the answers in it.

import { checkArgument } from "../core/argument_checks.ts";
import { isObject, methodsProblem, mustBe, shown } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../core/option_names.ts";
import { type Answers, type AnswerSource, ELEMENT_ID } from "./answers.ts";
import { checkKeys } from "./keys.ts";

/** Options of `answersScript`. */
export interface AnswersScriptOptions {
  /** The flags that the page gets. @default all flags */
  readonly keys?: readonly string[] | undefined;
  /** The nonce of the page's Content Security Policy. @default none */
  readonly nonce?: string | undefined;
  /** The id of the element, for `pageFlags({ id })`. @default "flipt-answers" */
  readonly id?: string | undefined;
}

const OPTIONS: OptionNames<AnswersScriptOptions> = { keys: true, nonce: true, id: true };

/** Characters that end a script element or begin a comment in one, and ends of lines to JavaScript but not to JSON. */
const UNSAFE = /[<>&\u2028\u2029]/g;

/**
 * Returns a script element with the answers of flags, for the HTML of a page. It holds data and runs nothing. The
 * answers are escaped, so that they cannot end the element.
 *
 * @param source The scope of the request, or the answers that its `evaluateAll()` returned.
 * @throws {ValidationError} when an option is invalid, or `source` is a client.
 */
export function answersScript(source: AnswerSource | Answers, options: AnswersScriptOptions = {}): string {
  checkOptionNames("answersScript()", options, OPTIONS);
  const { keys, nonce, id } = options;
  checkKeys(keys);
  const attributes = [
    'type="application/json"',
    attribute("id", id ?? ELEMENT_ID),
    ...(nonce === undefined || nonce === null ? [] : [attribute("nonce", nonce)]),
  ];
  checkArgument("source of answersScript()", scopeProblem(source));
  const answers = "flags" in source ? selected(source, keys) : source.evaluateAll({ keys });
  return `<script ${attributes.join(" ")}>${escapedJson(answers)}</script>`;
}

function scopeProblem(source: unknown): string | undefined {
  const what = "a scope, such as client.for(entityId)";
  if (!isObject(source)) return mustBe(what, source);
  if ("for" in source) return `must be ${what}, but is a client`;
  return "flags" in source ? undefined : methodsProblem(source, what, "evaluateAll");
}

function selected({ digest, flags }: Answers, keys: readonly string[] | undefined): Answers {
  if (keys === undefined) return { digest, flags };
  return {
    digest,
    flags: Object.fromEntries(
      keys.filter((key) => Object.hasOwn(flags, key)).map((key) => [key, flags[key]]),
    ),
  };
}

function attribute(name: string, value: string): string {
  if (typeof value === "string" && /^[\w+/=.:-]+$/.test(value)) return `${name}="${value}"`;
  throw new ValidationError(`${name} must be letters, digits and +/=_.:- only, but is ${shown(value)}`);
}

function escapedJson(answers: Answers): string {
  return JSON.stringify(answers).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
