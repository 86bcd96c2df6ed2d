// W3: a batch of ten, against one evaluation at a time of the same flags.

import type { Figure } from "../figures.ts";
import { entityIds, matchingContext, type Question, rulesFlag } from "../flags.ts";
import { type Candidate, timeInTurns } from "../measure.ts";
import { PARTS } from "../parts.ts";
import { OPEN } from "../subjects/mod.ts";
import { isFlipt, type Opened } from "../subjects/subject.ts";
import type { Workload } from "./workload.ts";

const BATCH = 10;

/** One entry of a batch's answer. */
interface Entry {
  readonly variantEvaluationResponse: unknown;
}

/** The workload. */
export const batch: Workload = {
  name: "W3",
  title: `batch: ${BATCH} of the flags of W1 for one entity`,
  async measure({ effort, subjects }): Promise<Figure[]> {
    const keys = Array.from({ length: 100 }, (_, n) => `flag-${n}`);
    const flags = keys.map((key) => rulesFlag(key));
    const batches = entityIds().map((entityId) =>
      keys.slice(0, BATCH).map((flagKey): Question => ({ flagKey, entityId, context: matchingContext() }))
    );
    const able = subjects.filter(isFlipt);
    const candidates: Candidate[] = [];
    const opened: Opened[] = [];
    let first: string | undefined;
    for (const name of able) {
      const subject = await OPEN[name](flags, "variant");
      opened.push(subject);
      const requests = batches.map((questions) => questions.map((question) => subject.request(question)));
      first ??= answersOf(subject, requests, false);
      if (answersOf(subject, requests, true) !== first) {
        throw new Error(`${name} answers otherwise in a batch`);
      }
      candidates.push(
        { name: `${name} ${PARTS.batch}`, opened: { ...subject, call: BATCH_CALL }, requests },
        { name: `${name} ${PARTS.single}`, opened: subject, requests: requests.flat() },
      );
    }
    const timings = await timeInTurns(candidates, effort);
    for (const subject of opened) subject.close();
    return subjects.flatMap((subject) =>
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

/** All answers as text, one way or the other. */
function answersOf(
  { target, call, agreement }: Opened,
  batches: readonly unknown[][],
  together: boolean,
): string {
  const ask = new Function("target", "request", `return ${together ? BATCH_CALL : call};`) as (
    target: object,
    request: unknown,
  ) => unknown;
  return batches.flatMap((requests) => {
    if (!together) return requests.map((request) => agreement?.(ask(target, request)));
    const { responses } = ask(target, requests) as { responses: readonly Entry[] };
    return responses.map(({ variantEvaluationResponse }) => agreement?.(variantEvaluationResponse));
  }).join("\n");
}
