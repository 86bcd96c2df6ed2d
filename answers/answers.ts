// What pages are given: the answers of flags for one entity.

/** What a flag answers. */
export interface Answer {
  /** The value of a boolean flag; of a variant flag the attachment, or the key of the variant where it has none. */
  readonly value: unknown;
  /** The key of the variant. */
  readonly variantKey?: string;
  /** Why. */
  readonly reason: string;
}

/** What flags answer for one entity. */
export interface Answers {
  /** The digest of the flag state, where the server gives one. */
  readonly digest?: string;
  /** The answers, by the key of the flag. */
  readonly flags: Readonly<Record<string, Answer | undefined>>;
}

/** Where answers come from: the scope of a request is one. */
export interface AnswerSource {
  /** Returns the answers of all flags, or of those in `keys`. */
  evaluateAll(options?: { readonly keys?: readonly string[] }): Answers;
}

/** The id of the element that answers are in, unless another is given. */
export const ELEMENT_ID = "flipt-answers";
