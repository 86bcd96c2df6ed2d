// Attachments as values: parsed and checked once for each flag state, then the same frozen object each time.

import { tagOf } from "../../core/describe.ts";
import { isThenable } from "../../core/user_callbacks.ts";
import type { StandardSchema } from "./standard_schema.ts";

/** An attachment as a value, or what is wrong with it. */
export interface ParsedAttachment {
  /** The value; `undefined` where the variant has none. */
  readonly value?: unknown;
  /** What is wrong, worded to follow "the attachment". */
  readonly problem?: string;
}

/** Takes every value as it is. */
const ANY: StandardSchema = {
  "~standard": { version: 1, vendor: "flipt", validate: (value) => ({ value }) },
};

/** The values of one client's attachments. */
export class Attachments {
  #state: unknown;
  #bySchema = new WeakMap<StandardSchema, Map<string, ParsedAttachment>>();
  /** The schema that was last asked for, whose values need no look-up. */
  #schema: StandardSchema | undefined;
  #values = new Map<string, ParsedAttachment>();

  /**
   * The value of an attachment, which has to fit `schema`.
   * @param state The state that it is of; values are kept until one of another state is asked for.
   */
  valueOf(state: unknown, text: string = "", schema: StandardSchema = ANY): ParsedAttachment {
    if (state !== this.#state) {
      this.#state = state;
      this.#bySchema = new WeakMap();
      this.#schema = undefined;
    }
    if (schema !== this.#schema) {
      this.#values = this.#bySchema.get(schema) ?? new Map();
      this.#bySchema.set(schema, this.#values);
      this.#schema = schema;
    }
    // A schema may ask for another value.
    const values = this.#values;
    let value = values.get(text);
    if (value === undefined) values.set(text, value = parsed(text, schema));
    return value;
  }
}

function parsed(text: string, schema: StandardSchema): ParsedAttachment {
  // Flipt sends one of these for a variant without an attachment.
  if (text === "" || text === "null") return {};
  try {
    const result = schema["~standard"].validate(JSON.parse(text));
    if (isThenable(result)) {
      // Nobody waits for it. Zod answers so where code of a schema that is not asynchronous throws.
      result.then(undefined, () => {});
      return { problem: "has a schema that returned a promise" };
    }
    if (result.issues === undefined) return { value: frozen(result.value) };
    const issues = result.issues.map(({ message, path = [] }) =>
      [...path.map((part) => String(typeof part === "object" ? part.key : part)), message].join(": ")
    );
    return { problem: `does not fit its schema: ${issues.join("; ")}` };
  } catch (error) {
    return { problem: `cannot be used: ${error}` };
  }
}

/** Freezes what JSON is made of, all the way down. */
function frozen<T>(value: T): T {
  // Not what cannot be frozen, such as an array of bytes.
  const isPlain = ["Array", "Object"].includes(tagOf(value));
  if (isPlain && !Object.isFrozen(value)) Object.values(Object.freeze(value) as object).forEach(frozen);
  return value;
}
