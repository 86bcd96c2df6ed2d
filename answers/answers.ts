// What pages are given: the answers of flags for one entity.

/** The answer of a flag. */
export interface Answer {
  /** The value of a boolean flag; the attachment of a variant, or its key if it has none. */
  readonly value: unknown;
  /** The key of the variant. */
  readonly variantKey?: string | undefined;
  /** Why. */
  readonly reason: string;
}

/** The answers of flags for one entity. */
export interface Answers {
  /** The digest of the flag state, if the server sends one. */
  readonly digest?: string | undefined;
  /** The answers, by the key of the flag. */
  readonly flags: Readonly<Record<string, Answer | undefined>>;
}

/** The source of answers, such as the scope of a request. */
export interface AnswerSource {
  /** Returns the answers of all flags, or of those in `keys`. */
  evaluateAll(options?: { readonly keys?: readonly string[] | undefined }): Answers;
}

/** The id of the element that answers are in, unless another is given. */
export const ELEMENT_ID = "flipt-answers";
