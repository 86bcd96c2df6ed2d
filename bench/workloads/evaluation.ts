// The common part of workloads of single evaluations: opens the subjects, compares their answers and times them.

import type { Effort } from "../effort.ts";
import type { Figure, WorkloadName } from "../figures.ts";
import { type Flag, OFF, type Question } from "../flags.ts";
import { timeInTurns } from "../measure.ts";
import { OPENERS } from "../subjects/mod.ts";
import { isProduct, isSynchronous, type OpenSubject, type SubjectName } from "../subjects/subject.ts";

/** A part of a workload: the same questions to every subject. */
export interface Part {
  /** Its title; `""` for the only part. */
  readonly part: string;
  /** All flags. */
  readonly flags: readonly Flag[];
  /** The kind of the evaluated flags. */
  readonly kind: Flag["kind"];
  /** The timed questions. */
  readonly questions: readonly Question[];
  /** The results that answers may have, each for an even share of the questions. */
  readonly expectedResults: readonly string[];
  /** Questions whose result must be the default. They are not timed. */
  readonly defaultQuestions?: readonly Question[];
  /** The measured subjects. @default all */
  readonly subjects?: readonly SubjectName[];
  /** Why other subjects are not measured, for the table. @default they are omitted */
  readonly note?: string;
}

/** An open subject with its requests. */
interface Participant {
  readonly name: SubjectName;
  readonly opened: OpenSubject;
  readonly requests: readonly unknown[];
}

/**
 * Measures evaluations, after a check of their answers.
 * @throws {Error} (rejects) when an answer is wrong.
 */
export async function measureEvaluations(
  workload: WorkloadName,
  parts: readonly Part[],
  effort: Effort,
  subjects: readonly SubjectName[],
): Promise<Figure[]> {
  const products = subjects.filter(isProduct).filter(isSynchronous);
  const all: { readonly part: Part; readonly participants: readonly Participant[] }[] = [];
  for (const part of parts) {
    const participants: Participant[] = [];
    for (const name of products) {
      if (part.subjects !== undefined && !part.subjects.includes(name)) continue;
      const opened = await OPENERS[name](part.flags, part.kind);
      participants.push({
        name,
        opened,
        requests: part.questions.map((question) => opened.request(question)),
      });
    }
    checkAnswers(part, participants);
    all.push({ part, participants });
  }
  // Rounds also alternate between parts, so that their ratios are as reliable as those of subjects.
  const timings = await timeInTurns(
    all.flatMap(({ participants }, index) =>
      participants.map((participant) => ({ ...participant, name: `${participant.name} ${index}` }))
    ),
    effort,
  );
  for (const { participants } of all) for (const { opened } of participants) opened.close();
  return all.flatMap(({ part }, index) =>
    products.flatMap((subject): Figure[] => {
      const timing = timings.find(({ name }) => name === `${subject} ${index}`);
      const common = { workload, part: part.part, subject, unit: "ns" } as const;
      if (timing === undefined) return part.note === undefined ? [] : [{ ...common, note: part.note }];
      return [{ ...common, value: timing.median, lower: timing.lower, upper: timing.upper }];
    })
  );
}

/** Makes sure that all subjects do the same work. */
function checkAnswers(
  { part, questions, expectedResults, defaultQuestions }: Part,
  participants: readonly Participant[],
): void {
  let first: { readonly name: string; readonly answers: readonly string[] } | undefined;
  for (const { name, opened, requests } of participants) {
    const ask = new Function("target", "request", `return ${opened.call};`) as (
      target: object,
      request: unknown,
    ) => unknown;
    const where = `${name}${part === "" ? "" : ` (${part})`}`;
    const answers = requests.map((request) => ask(opened.target, request));
    const counts = new Map(expectedResults.map((result) => [result, 0]));
    for (const [index, answer] of answers.entries()) {
      const result = opened.resultOf(answer);
      const count = counts.get(result);
      if (count === undefined) {
        throw new Error(
          `${where} answers ${JSON.stringify(result)} to ${
            JSON.stringify(questions[index])
          }, expected one of ` +
            expectedResults.join(", "),
        );
      }
      counts.set(result, count + 1);
    }
    for (const [result, count] of counts) {
      // Products hash differently, but all of them distribute evenly.
      const share = count / answers.length * expectedResults.length;
      if (share < 0.8 || share > 1.2) {
        throw new Error(`${where} answers ${result} ${count} times of ${answers.length}: not an even share`);
      }
    }
    for (const question of defaultQuestions ?? []) {
      const result = opened.resultOf(ask(opened.target, opened.request(question)));
      if (result !== OFF) {
        throw new Error(
          `${where} answers ${JSON.stringify(result)} to ${JSON.stringify(question)}, expected ${OFF}`,
        );
      }
    }
    const { agreement } = opened;
    if (agreement === undefined) continue;
    const agreed = answers.map((answer) => agreement(answer));
    first ??= { name, answers: agreed };
    for (const [index, answer] of agreed.entries()) {
      if (answer !== first.answers[index]) {
        throw new Error(`${where} answers ${answer}, but ${first.name} ${first.answers[index]}`);
      }
    }
  }
}
