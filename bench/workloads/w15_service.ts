// W15: a service's mix of flags and contexts, ten evaluations for each request; and W16: the same as a batch. Each subject
// has processes of its own.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figure } from "../figures.ts";
import type { Effort } from "../effort.ts";
import { timeInTurns, type Timing } from "../measure.ts";
import { quantile } from "../statistics.ts";
import {
  contextMembers,
  FLAGS_PER_REQUEST,
  type NumberForm,
  serviceFlags,
  serviceVisits,
  SHAPES,
} from "../service.ts";
import { byHand } from "../subjects/by_hand.ts";
import { OPENERS } from "../subjects/mod.ts";
import {
  isFlipt,
  isProduct,
  isSynchronous,
  type OpenSubject,
  type SubjectName,
  SUBJECTS,
} from "../subjects/subject.ts";
import type { Assignment, Task, Workload } from "./workload.ts";

/** How a subject is asked, as source text. */
interface Form {
  /** How numbers are in its contexts. */
  readonly numbers: NumberForm;
  /** The context, as an object literal with these members. */
  context(members: string): string;
  /** Evaluates the flag `key` with `context` and `target`. */
  readonly call: string;
}

const FLIPT: Form = {
  numbers: "text",
  context: (members) => `{ ${members} }`,
  call: "target.evaluateVariant({ flagKey: key, entityId, context })",
};

const FORMS: Readonly<Record<SubjectName, Form>> = {
  native: FLIPT,
  portable: FLIPT,
  reference: FLIPT,
  official: FLIPT,
  flagd: {
    numbers: "number",
    context: (members) => `{ targetingKey: entityId, ${members} }`,
    call: `target.resolveStringEvaluation(key, "", context)`,
  },
  unleash: {
    numbers: "text",
    context: (members) => `{ userId: entityId, properties: { ${members} } }`,
    call: "target.getVariant(key, context)",
  },
  growthbook: {
    numbers: "number",
    context: (members) => `{ attributes: { id: entityId, ${members} } }`,
    call: `target.getFeatureValue(key, "", context)`,
  },
  launchdarkly: {
    numbers: "number",
    context: (members) => `{ kind: "user", key: entityId, ${members} }`,
    call: `await target.variation(key, context, "")`,
  },
  floor: { ...FLIPT, call: "target.evaluate(key, entityId, context)" },
};

const BATCH_CALL =
  `target.evaluateBatch(visit.keys.map((key) => ({ flagKey: key, entityId, context }))).responses
  .map(({ variantEvaluationResponse }) => variantEvaluationResponse)`;

/** What answers a request: `ask` returns all answers, `serve` keeps each where the compiler must assume that it is read. */
interface Service {
  readonly ask: (visit: unknown) => unknown[] | Promise<unknown[]>;
  readonly serve: (visit: unknown) => unknown;
}

/** Compiles what answers requests, from source texts of the subject's own: V8 shares code between equal ones. */
function compile(subject: SubjectName, target: object, inBatches: boolean): Service {
  const { numbers, context, call } = FORMS[subject];
  const shapes = SHAPES.map((_, shape) =>
    `case ${shape}: context = ${context(contextMembers(shape, numbers))}; break;`
  );
  const make = `// ${subject}
    const entityId = "user-" + visit.user;
    let context;
    switch (visit.shape) { ${shapes.join("\n")} }`;
  const batch = "target.evaluateBatch(visit.keys.map((key) => ({ flagKey: key, entityId, context })))";
  const ask = inBatches
    ? `return ${BATCH_CALL};`
    : `const answers = []; for (const key of visit.keys) answers.push(${call}); return answers;`;
  const serve = inBatches ? `return ${batch};` : `for (let index = 0; index < visit.keys.length; index++) {
        const key = visit.keys[index];
        sink.answer = ${call};
      }
      return sink.answer;`;
  const compiled = (body: string) =>
    new Function(
      "target",
      "sink",
      `return ${isSynchronous(subject) ? "" : "async "}(visit) => { ${make}\n${body} };`,
    )(target, { answer: undefined });
  return { ask: compiled(ask), serve: compiled(serve) };
}

async function open(subject: SubjectName): Promise<OpenSubject> {
  const flags = serviceFlags();
  if (isProduct(subject)) return await OPENERS[subject](flags, "variant");
  return {
    target: { evaluate: byHand(flags) },
    call: "",
    request: (question) => question,
    resultOf: (answer) => (answer as { variantKey: string }).variantKey,
    close: () => {},
  };
}

/**
 * Makes sure that all subjects give the same answers: the same rule of each flag and, where they hash alike, the same variant.
 * The first process of a run writes what the others must answer.
 */
function checkAnswers(folder: string, subject: SubjectName, results: readonly string[]): void {
  const hashesAlike = isFlipt(subject) || subject === "floor";
  const check = (name: string, own: readonly string[]): void => {
    const path = join(folder, `service-${name}.json`);
    if (!existsSync(path)) return writeFileSync(path, JSON.stringify(own));
    const expected = JSON.parse(readFileSync(path, "utf8")) as string[];
    const at = own.findIndex((result, index) => result !== expected[index]);
    if (at < 0 && own.length === expected.length) return;
    throw new Error(`${subject} answers ${own[at]} to question ${at}, others ${expected[at]}`);
  };
  check("rules", results.map((result) => result.replace(/-[ab]$/, "")));
  if (hashesAlike) check("variants", results);
  if (new Set(results).size < 10) throw new Error(`${subject} gives too few different answers`);
}

/** Times what answers with promises, which are awaited one after the other, as a request's code does. */
async function timePromises(
  serve: (visit: unknown) => unknown,
  visits: readonly unknown[],
  { rounds, roundMs, warmUpMs }: Effort,
): Promise<Pick<Timing, "median" | "lower" | "upper">> {
  const round = async (millis: number): Promise<number> => {
    const start = performance.now();
    let count = 0;
    let elapsed = 0;
    do {
      await serve(visits[count++ % visits.length]);
      elapsed = performance.now() - start;
    } while (elapsed < millis);
    return elapsed * 1e6 / count;
  };
  await round(warmUpMs);
  const times: number[] = [];
  for (let n = 0; n < rounds; n++) times.push(await round(roundMs));
  times.sort((a, b) => a - b);
  return { median: quantile(times, 0.5), lower: quantile(times, 0.25), upper: quantile(times, 0.75) };
}

function workload(name: "W15" | "W16", title: string, subjects: readonly SubjectName[]): Workload {
  const inBatches = name === "W16";
  return {
    name,
    title,
    tasks: ({ isQuick }) => {
      const once = subjects.map((subject): Task => ({ subject, part: "" }));
      return Array.from({ length: isQuick ? 1 : 3 }, () => once).flat();
    },
    async measure({ effort, task, folder }: Assignment): Promise<Figure[]> {
      const { subject } = task ?? {};
      if (subject === undefined) throw new Error(`${name} measures one subject per process`);
      const opened = await open(subject);
      const { ask, serve } = compile(subject, opened.target, inBatches);
      const visits = serviceVisits();
      const results: string[] = [];
      for (const visit of visits) results.push(...(await ask(visit)).map((each) => opened.resultOf(each)));
      checkAnswers(folder, subject, results);
      const [timing] = isSynchronous(subject)
        ? await timeInTurns([
          { name: subject, opened: { target: { serve }, call: "target.serve(request)" }, requests: visits },
        ], effort)
        : [await timePromises(serve, visits, effort)];
      opened.close();
      if (timing === undefined) return [];
      const [value, lower, upper] = [timing.median, timing.lower, timing.upper].map((each) =>
        each / FLAGS_PER_REQUEST
      );
      return [{ workload: name, part: "", subject, unit: "ns", value, lower, upper }];
    },
  };
}

/** A service's mix. The floor is an evaluator that is written by hand for these flags. */
export const service: Workload = workload(
  "W15",
  "a service's mix, an evaluation: 200 flags of 1 to 5 rules, 3 shapes of contexts made anew, 10 flags a request",
  SUBJECTS,
);

/** The same as batches. */
export const serviceBatch: Workload = workload(
  "W16",
  "a service's mix in batches of ten requests built anew, an evaluation",
  SUBJECTS.filter(isFlipt),
);
