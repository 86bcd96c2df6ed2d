// W3: a batch of ten, compared with single evaluations of the same flags.

import type { Figure } from "../figures.ts";
import { entityIds, matchingContext, type Question, rulesFlag } from "../flags.ts";
import { type Candidate, timeInTurns } from "../measure.ts";
import { PARTS } from "../parts.ts";
import { OPENERS } from "../subjects/mod.ts";
import { isFlipt, isProduct, isSynchronous, type OpenSubject } from "../subjects/subject.ts";
import type { Workload } from "./workload.ts";

const BATCH_SIZE = 10;

/** One response of a batch. */
interface Entry {
  readonly variantEvaluationResponse: unknown;
}

/** The workload. */
export const batch: Workload = {
  name: "W3",
  title: `batch: ${BATCH_SIZE} of the flags of W1 for one entity`,
  async measure({ effort, subjects }): Promise<Figure[]> {
    const keys = Array.from({ length: 100 }, (_, n) => `flag-${n}`);
    const flags = keys.map((key) => rulesFlag(key));
    const batches = entityIds().map((entityId) =>
      keys.slice(0, BATCH_SIZE).map((flagKey): Question => ({
        flagKey,
        entityId,
        context: matchingContext(),
      }))
    );
    const clients = subjects.filter(isFlipt);
    const candidates: Candidate[] = [];
    const opened: OpenSubject[] = [];
    let first: string | undefined;
    for (const name of clients) {
      const subject = await OPENERS[name](flags, "variant");
      opened.push(subject);
      const requests = batches.map((questions) => questions.map((question) => subject.request(question)));
      first ??= answersOf(subject, requests, false);
      if (answersOf(subject, requests, true) !== first) {
        throw new Error(`${name} answers differently in a batch`);
      }
      candidates.push(
        { name: `${name} ${PARTS.batch}`, opened: { ...subject, call: BATCH_CALL }, requests },
        { name: `${name} ${PARTS.single}`, opened: subject, requests: requests.flat() },
      );
    }
    const timings = await timeInTurns(candidates, effort);
    for (const subject of opened) subject.close();
    return subjects.filter(isProduct).filter(isSynchronous).flatMap((subject) =>
      [PARTS.batch, PARTS.single].flatMap((part): Figure[] => {
        const common = { workload: "W3", part, subject, unit: "ns" } as const;
        const timing = timings.find(({ name }) => name === `${subject} ${part}`);
        if (timing !== undefined) {
          return [{ ...common, value: timing.median, lower: timing.lower, upper: timing.upper }];
        }
        return part === PARTS.batch ? [{ ...common, note: "has no batches" }] : [];
      })
    );
  },
};

const BATCH_CALL = "target.evaluateBatch(request)";

/** Returns all answers as text, evaluated in batches or one by one. */
function answersOf(
  { target, call, agreement }: OpenSubject,
  batches: readonly unknown[][],
  inBatches: boolean,
): string {
  const ask = new Function("target", "request", `return ${inBatches ? BATCH_CALL : call};`) as (
    target: object,
    request: unknown,
  ) => unknown;
  return batches.flatMap((requests) => {
    if (!inBatches) return requests.map((request) => agreement?.(ask(target, request)));
    const { responses } = ask(target, requests) as { responses: readonly Entry[] };
    return responses.map(({ variantEvaluationResponse }) => agreement?.(variantEvaluationResponse));
  }).join("\n");
}
