// What the workloads of single evaluations have in common: open the subjects, compare their answers, time them.

import type { Effort } from "../effort.ts";
import type { Figure, WorkloadName } from "../figures.ts";
import { type Flag, OFF, type Question } from "../flags.ts";
import { timeInTurns } from "../measure.ts";
import { OPEN } from "../subjects/mod.ts";
import type { Opened, SubjectName } from "../subjects/subject.ts";

/** One row of a table: the same questions to every subject. */
export interface Part {
  /** Its title; `""` for the only part. */
  readonly part: string;
  /** The flags that there are. */
  readonly flags: readonly Flag[];
  /** The kind of the flags that are asked for. */
  readonly kind: Flag["kind"];
  /** The questions that are timed. */
  readonly questions: readonly Question[];
  /** What the answers may be. */
  readonly outcomes: readonly string[];
  /** Questions to which the answer must be the default; they are not timed. */
  readonly others?: readonly Question[];
  /** Who is asked. @default everyone */
  readonly subjects?: readonly SubjectName[];
  /** Why others are not, for the table. @default they are not in it */
  readonly note?: string;
}

/** A subject with its flags and its questions. */
interface Entrant {
  readonly name: SubjectName;
  readonly opened: Opened;
  readonly requests: readonly unknown[];
}

/**
 * Asks and times.
 * @throws {Error} (rejects) when a subject gives an answer that is not the expected one.
 */
export async function measureEvaluations(
  workload: WorkloadName,
  parts: readonly Part[],
  effort: Effort,
  subjects: readonly SubjectName[],
): Promise<Figure[]> {
  const all: { readonly part: Part; readonly entrants: readonly Entrant[] }[] = [];
  for (const part of parts) {
    const entrants: Entrant[] = [];
    for (const name of subjects) {
      if (part.subjects !== undefined && !part.subjects.includes(name)) continue;
      const opened = await OPEN[name](part.flags, part.kind);
      entrants.push({ name, opened, requests: part.questions.map((question) => opened.request(question)) });
    }
    checkAnswers(part, entrants);
    all.push({ part, entrants });
  }
  // The parts take turns, too: their ratios are wanted as much as those of the subjects.
  const timings = await timeInTurns(
    all.flatMap(({ entrants }, index) =>
      entrants.map((entrant) => ({ ...entrant, name: `${entrant.name} ${index}` }))
    ),
    effort,
  );
  for (const { entrants } of all) for (const { opened } of entrants) opened.close();
  return all.flatMap(({ part }, index) =>
    subjects.flatMap((subject): Figure[] => {
      const timing = timings.find(({ name }) => name === `${subject} ${index}`);
      const common = { workload, part: part.part, subject, unit: "ns" } as const;
      if (timing === undefined) return part.note === undefined ? [] : [{ ...common, note: part.note }];
      return [{ ...common, value: timing.median, lower: timing.lower, upper: timing.upper }];
    })
  );
}

/** Makes sure that everyone does the same work, before anyone is timed. */
function checkAnswers({ part, questions, outcomes, others }: Part, entrants: readonly Entrant[]): void {
  let first: { readonly name: string; readonly answers: readonly string[] } | undefined;
  for (const { name, opened, requests } of entrants) {
    const ask = new Function("target", "request", `return ${opened.call};`) as (
      target: object,
      request: unknown,
    ) => unknown;
    const where = `${name}${part === "" ? "" : ` (${part})`}`;
    const answers = requests.map((request) => ask(opened.target, request));
    const counts = new Map(outcomes.map((outcome) => [outcome, 0]));
    for (const [index, answer] of answers.entries()) {
      const outcome = opened.outcome(answer);
      const count = counts.get(outcome);
      if (count === undefined) {
        throw new Error(
          `${where} answers ${JSON.stringify(outcome)} to ${
            JSON.stringify(questions[index])
          }, expected one of ` +
            outcomes.join(", "),
        );
      }
      counts.set(outcome, count + 1);
    }
    for (const [outcome, count] of counts) {
      // Products hash in different ways; an even share they all give.
      const share = count / answers.length * outcomes.length;
      if (share < 0.8 || share > 1.2) {
        throw new Error(`${where} answers ${outcome} ${count} times of ${answers.length}: no even share`);
      }
    }
    for (const question of others ?? []) {
      const outcome = opened.outcome(ask(opened.target, opened.request(question)));
      if (outcome !== OFF) {
        throw new Error(
          `${where} answers ${JSON.stringify(outcome)} to ${JSON.stringify(question)}, expected ${OFF}`,
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
