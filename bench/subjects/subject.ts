// What a subject is: a product that is asked the same questions as the others.

import type { Flag, Question } from "../flags.ts";

/** The subjects, in the order of the tables. */
export const SUBJECTS = [
  "native",
  "portable",
  "reference",
  "official",
  "flagd",
  "unleash",
  "growthbook",
] as const;

/** The short name of a subject. */
export type SubjectName = (typeof SUBJECTS)[number];

/** The subjects that are Flipt clients. */
export const FLIPT_SUBJECTS = ["native", "portable", "reference", "official"] as const;

/** The short name of a subject that is a Flipt client. */
export type FliptSubject = (typeof FLIPT_SUBJECTS)[number];

/** Whether a subject reads Flipt's documents. */
export function isFlipt(subject: SubjectName | undefined): subject is FliptSubject {
  return subject !== undefined && (FLIPT_SUBJECTS as readonly string[]).includes(subject);
}

/** What the subjects are called in tables. */
export const TITLES: Readonly<Record<SubjectName, string>> = {
  native: "native engine",
  portable: "portable engine",
  reference: "flipt-engine-ffi, bound here",
  official: "@flipt-io/flipt-client-js",
  flagd: "@openfeature/flagd-core",
  unleash: "unleash-client",
  growthbook: "@growthbook/growthbook",
};

/** A subject that has its flags. */
export interface Opened {
  /** What `call` calls. */
  readonly target: object;
  /** JavaScript that evaluates `request` with `target`: an expression, compiled separately for each subject. */
  readonly call: string;
  /** The question in the form that the subject takes. */
  request(question: Question): unknown;
  /** The variant's key, or `true` and `false` as text, out of the answer. */
  outcome(answer: unknown): string;
  /** Everything in the answer that another Flipt engine must agree to; absent where products differ by nature. */
  agreement?(answer: unknown): string;
  /** Gives everything back. */
  close(): void;
}

/** Gives a subject its flags. */
export type Open = (flags: readonly Flag[], kind: Flag["kind"]) => Promise<Opened>;
