// Compares the answers to one question, and explains differences by the list of known ones.

import type { DocumentFlag, DocumentSegment, FlagDocument } from "../../engines/document.ts";
import type { DifferenceId } from "../../engines/rules/differences.ts";
import {
  DIFFERENCES,
  isDisabledBoolean,
  ruleDifferences,
  serverVerdict,
} from "../../engines/rules/differences.ts";
import { judge } from "../../src/evaluation/explain/constraint.ts";
import { constraintText } from "../lint/words.ts";
import type { ComparedAnswer } from "./answer.ts";
import { differingMembers } from "./answer.ts";
import type { Question } from "./questions.ts";
import { bucketOf, comparedText } from "./questions.ts";

/** The answers to one question. */
export interface Answers {
  /** The question. */
  readonly question: Question;
  /** The server's answer. */
  readonly server: ComparedAnswer;
  /** The answers of the local engines, by kind. */
  readonly clients: Readonly<Record<string, ComparedAnswer>>;
}

/** A known cause of a difference. */
export interface Cause {
  /** The known difference. */
  readonly difference: DifferenceId;
  /** The constraint or rule, as text; `undefined` for the whole flag. */
  readonly where: string | undefined;
  /** What the server does differently. */
  readonly why: string;
}

/** Answers that differ. */
export interface Parting extends Answers {
  /** The members of the answers that differ. */
  readonly members: readonly string[];
  /** The causes; empty when no known difference explains it. */
  readonly causes: readonly Cause[];
}

/** Returns the answers with their differences, or `undefined` when they are the same. */
export function partingOf(answers: Answers, document: FlagDocument): Parting | undefined {
  const { server, clients, question } = answers;
  const members = [...new Set(Object.values(clients).flatMap((each) => differingMembers(server, each)))];
  if (members.length === 0) return undefined;
  const flag = document.flags.find(({ key }) => key === question.flagKey);
  return { ...answers, members, causes: flag === undefined ? [] : causesOf(flag, question, members) };
}

function causesOf(flag: DocumentFlag, question: Question, members: readonly string[]): Cause[] {
  if (isDisabledBoolean(flag)) {
    return members.join() === "reason" ? [causeOf("disabled-boolean", undefined)] : [];
  }
  const causes = new Map<string, Cause>();
  const add = (id: DifferenceId, where: string): void =>
    void causes.set(`${id} ${where}`, causeOf(id, where));
  for (const { key, constraints } of segmentsOf(flag)) {
    for (const constraint of constraints) {
      const actual = comparedText(constraint, question);
      const verdict = serverVerdict(constraint, actual, judge(constraint, actual).holds);
      if (verdict !== undefined) add(verdict.id, `${constraintText(constraint)} of segment ${key}`);
    }
  }
  if (causes.size > 0) return [...causes.values()];
  // Differences of shares only count when no constraint explains the answers.
  const bucket = bucketOf(question);
  for (const [number, rule] of (flag.rules ?? []).entries()) {
    for (const id of ruleDifferences(rule, bucket)) add(id, `rule ${number + 1}`);
  }
  return [...causes.values()];
}

function segmentsOf({ rules, rollouts }: DocumentFlag): DocumentSegment[] {
  return [
    ...(rules ?? []).flatMap(({ segments }) => segments ?? []),
    ...(rollouts ?? []).flatMap(({ segment }) => segment?.segments ?? []),
  ];
}

function causeOf(difference: DifferenceId, where: string | undefined): Cause {
  return { difference, where, why: DIFFERENCES[difference].because };
}

/** Groups similar differences: of the same flag, in the same members, with the same causes. */
export function alike(partings: readonly Parting[]): readonly (readonly Parting[])[] {
  const groups = new Map<string, Parting[]>();
  for (const parting of partings) {
    const { question, members, causes } = parting;
    const name = JSON.stringify([question.flagKey, members, causes]);
    groups.set(name, [...groups.get(name) ?? [], parting]);
  }
  return [...groups.values()];
}
