// How the answers of two engines are compared: everything but the clock, segment keys as sets, errors by their message.

import { contextText } from "../../engines/rules/context.ts";
import type { CompiledState, Engine } from "../../engines/engine.ts";
import type { GeneratedCase, GeneratedRequest } from "./generator.ts";

/** An answer in the form that is compared. */
export type Answer = Readonly<Record<string, unknown>>;

/** Anything that answers requests: an engine's compiled state, or another client. */
export type Evaluator = (request: GeneratedRequest) => Answer;

/** The evaluator of a compiled state. */
export function evaluatorOf(state: CompiledState): Evaluator {
  return ({ kind, flagKey, entityId, context }) =>
    answerOf(() =>
      kind === "variant"
        ? state.evaluateVariant(flagKey, entityId, context)
        : state.evaluateBoolean(flagKey, entityId, context)
    );
}

/** Runs an evaluation and makes its outcome, an error included, comparable. */
export function answerOf(evaluate: () => object): Answer {
  let response: object;
  try {
    response = evaluate();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  const { requestDurationMillis: _duration, timestamp: _timestamp, segmentKeys, ...rest } =
    response as Record<string, unknown>;
  return { ...rest, segmentKeys: Array.isArray(segmentKeys) ? [...segmentKeys].sort() : segmentKeys };
}

/** Whether two answers are the same. Members that are undefined count as absent. */
export function sameAnswer(left: Answer, right: Answer): boolean {
  return canonical(left) === canonical(right);
}

/** The context as every engine has to see it: strings only, and those well-formed. */
export function plainContext(context: Readonly<Record<string, unknown>>): Record<string, string> {
  const plain: Record<string, string> = Object.create(null);
  for (const key of Object.keys(context)) {
    const text = contextText(context, key);
    if (text !== "") plain[key] = text.toWellFormed();
  }
  return plain;
}

/** Compiles a document's text in one go. */
export function compileText(engine: Engine, text: string, namespace: string): Promise<CompiledState> {
  const compilation = engine.compile("document", namespace);
  compilation.write(new TextEncoder().encode(text));
  return compilation.finish();
}

/** What a person needs to turn a mismatch into a named case. */
export function describeMismatch(
  generated: GeneratedCase,
  request: GeneratedRequest,
  answers: Readonly<Record<string, Answer>>,
): string {
  return [
    `engines disagree (seed ${generated.seed}, namespace ${JSON.stringify(generated.namespace)})`,
    `request: ${JSON.stringify({ ...request, context: plainContext(request.context) })}`,
    ...Object.entries(answers).map(([name, answer]) => `${name}: ${canonical(answer)}`),
    `flags with this key: ${flagsOf(generated.document, request.flagKey.toWellFormed())}`,
    `document: ${generated.document}`,
  ].join("\n");
}

function canonical(answer: Answer): string {
  return JSON.stringify(answer, Object.keys(answer).sort());
}

function flagsOf(document: string, key: string): string {
  const { flags } = JSON.parse(document) as { flags: { key: string }[] };
  return JSON.stringify(flags.filter((flag) => flag.key === key));
}
