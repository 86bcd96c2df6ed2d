// A subject: a product that is measured.

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
  "launchdarkly",
  "floor",
] as const;

/** The short name of a subject. */
export type SubjectName = (typeof SUBJECTS)[number];

/** A product that evaluates flags: every subject but the floor. */
export type ProductName = Exclude<SubjectName, "floor">;

/** Returns whether a subject is a product, and not the floor: the least that a task takes, by hand or by the runtime alone. */
export function isProduct(subject: SubjectName): subject is ProductName {
  return subject !== "floor";
}

/** Returns whether a subject answers at once, and not with a promise. */
export function isSynchronous(subject: SubjectName): boolean {
  return subject !== "launchdarkly";
}

/** The subjects that are Flipt clients. */
export const FLIPT_SUBJECTS = ["native", "portable", "reference", "official"] as const;

/** The short name of a subject that is a Flipt client. */
export type FliptSubject = (typeof FLIPT_SUBJECTS)[number];

/** Returns whether a subject is a Flipt client. */
export function isFlipt(subject: SubjectName | undefined): subject is FliptSubject {
  return subject !== undefined && (FLIPT_SUBJECTS as readonly string[]).includes(subject);
}

/** The titles of the subjects in tables. */
export const TITLES: Readonly<Record<SubjectName, string>> = {
  native: "native engine",
  portable: "portable engine",
  reference: "flipt-engine-ffi, bound here",
  official: "@flipt-io/flipt-client-js",
  flagd: "@openfeature/flagd-core",
  unleash: "unleash-client",
  growthbook: "@growthbook/growthbook",
  launchdarkly: "@launchdarkly/node-server-sdk",
  floor: "the floor",
};

/** A subject with its flags. */
export interface OpenSubject {
  /** The object for `call`. */
  readonly target: object;
  /** A JavaScript expression that evaluates `request` with `target`. It is compiled separately for each subject. */
  readonly call: string;
  /** Converts a question to a request of the subject. */
  request(question: Question): unknown;
  /** Returns the variant key, or `"true"` or `"false"`, of an answer. */
  resultOf(answer: unknown): string;
  /** Returns the part of an answer that must be equal for all Flipt clients. Absent for other products. */
  agreement?(answer: unknown): string;
  /** Releases all resources. */
  close(): void;
}

/** Opens a subject with flags. */
export type OpenFunction = (flags: readonly Flag[], kind: Flag["kind"]) => Promise<OpenSubject>;
