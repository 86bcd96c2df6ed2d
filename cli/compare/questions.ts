// The questions of compare: read from a file, or generated from the flags' constraints.

import { isObject, quote } from "../../core/describe.ts";
import type { EvaluationRequest } from "../../core/types.ts";
import type { DocumentConstraint, DocumentFlag, DocumentSegment } from "../../engines/document.ts";
import { positionOf } from "../../engines/rules/buckets.ts";
import { contextText } from "../../engines/rules/context.ts";
import { CRC_START, crcFinish, crcUpdate } from "../../engines/rules/crc32.ts";
import { boundDifferences } from "../../engines/rules/differences.ts";
import { judge, readAs } from "../../src/evaluation/explain/constraint.ts";
import { UsageError } from "../errors.ts";
import { tellingValues } from "../telling_values.ts";

/** An evaluation request in the form of a server's API, whose context only has strings. */
export interface Question {
  /** The key of the flag. */
  readonly flagKey: string;
  /** The ID of the entity. */
  readonly entityId: string;
  /** The context. */
  readonly context: Readonly<Record<string, string>>;
}

/** The number of entities for each matching context: they fall into different buckets. */
const ENTITY_COUNT = 10;
/** The number of entities that are tried to find one in a bucket: one in a thousand is. */
const MAX_TRIED = 20_000;

/**
 * Parses questions: a JSON list of evaluation requests, or one request per line.
 * @throws {UsageError} when the text is neither.
 */
export function parseQuestions(text: string, file: string): Question[] {
  const clean = text.replace(/^\ufeff/, "").trim();
  const isList = clean.startsWith("[");
  const parts = isList
    ? jsonOf(clean, file)
    : clean.split("\n").flatMap((line, index) =>
      line.trim() === "" ? [] : [jsonOf(line, `${file}:${index + 1}`)]
    );
  if (!Array.isArray(parts)) throw new UsageError(`${file} must contain a list of requests`);
  return parts.map((part: unknown, index) => questionOf(part, `request ${index + 1} of ${file}`));
}

function jsonOf(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${place} is not JSON: use a list of requests, or one request per line`, undefined, {
      cause,
    });
  }
}

function questionOf(part: unknown, place: string): Question {
  const { flagKey, entityId, context = {} } = isObject(part) ? part : {};
  for (const [name, value] of Object.entries({ flagKey, entityId })) {
    if (typeof value === "string" && value.trim() !== "") continue;
    throw new UsageError(`${place} needs ${name}: {"flagKey": …, "entityId": …, "context": {…}}`);
  }
  if (!isObject(context)) throw new UsageError(`the context of ${place} must be an object`);
  // The API only accepts strings, while a client converts any value to a string.
  const entries = Object.keys(context).map((name) => [name, contextText(context, name)]);
  return { flagKey: String(flagKey), entityId: String(entityId), context: Object.fromEntries(entries) };
}

/**
 * Generates questions for all outcomes of a flag's constraints: a matching context for each rule, and variations of
 * these and of the empty context with each property in turn on each side of each constraint. Where a server's shares end
 * at another bucket, an entity of that bucket is among them.
 * @param most The maximum number of questions.
 */
export function questionsAbout(flag: DocumentFlag, most: number): Question[] {
  const groups = segmentGroups(flag);
  const constraints = groups.flat().flatMap((segment) => segment.constraints);
  const bases = [{ context: {} }, ...groups.map(matching)];
  const questions = new Map<string, Question>();
  const ask = (entityId: string, context: Readonly<Record<string, string>>): void => {
    const question = { flagKey: flag.key, entityId, context };
    const id = JSON.stringify([entityId, Object.entries(context).sort(([a], [b]) => a < b ? -1 : 1)]);
    if (questions.size < most && !questions.has(id)) questions.set(id, question);
  };
  for (const { entityId, context } of bases) {
    if (entityId !== undefined) ask(entityId, context);
    for (let number = 1; number <= ENTITY_COUNT; number++) ask(`entity-${number}`, context);
  }
  for (const rule of flag.rules ?? []) {
    const base = matching(rule.segments ?? []);
    // A constraint on the entity leaves no choice.
    if (base.entityId !== undefined) continue;
    for (const entityId of entitiesIn(flag.key, boundDifferences(rule))) ask(entityId, base.context);
  }
  for (const constraint of constraints) {
    for (const value of tellingValues(constraint)) {
      for (const { entityId = "entity-1", context } of bases) {
        if (readAs(constraint) === "entity") ask(value, context);
        else ask(entityId, { ...context, [constraint.property]: value });
      }
    }
  }
  return [...questions.values()];
}

/** Returns an entity for each bucket. */
function entitiesIn(flagKey: string, buckets: readonly number[]): string[] {
  const wanted = new Set(buckets);
  const found: string[] = [];
  for (let number = 1; wanted.size > 0 && number <= MAX_TRIED; number++) {
    const entityId = `entity-${number}`;
    if (wanted.delete(bucketOf({ flagKey, entityId }))) found.push(entityId);
  }
  return found;
}

/** Returns the bucket of a question's entity, which chooses among the variants of a rule. */
export function bucketOf({ flagKey, entityId }: Pick<Question, "flagKey" | "entityId">): number {
  return positionOf(crcFinish(crcUpdate(CRC_START, flagKey + entityId))) - 1;
}

/** Returns the segments of each rule and rollout. */
function segmentGroups({ rules, rollouts }: DocumentFlag): (readonly DocumentSegment[])[] {
  return [
    ...(rules ?? []).map(({ segments }) => segments ?? []),
    ...(rollouts ?? []).flatMap(({ segment }) => segment ? [segment.segments] : []),
  ];
}

/** Returns a context that segments match, as far as the first matching values of their constraints are compatible. */
function matching(
  segments: readonly DocumentSegment[],
): Omit<Question, "flagKey" | "entityId"> & Partial<Question> {
  const context: Record<string, string> = {};
  let entityId: string | undefined;
  for (const constraint of segments.flatMap((segment) => segment.constraints)) {
    const value = tellingValues(constraint).find((each) => judge(constraint, each).holds);
    if (value === undefined) continue;
    if (readAs(constraint) === "entity") entityId ??= value;
    else context[constraint.property] ??= value;
  }
  return entityId === undefined ? { context } : { context, entityId };
}

/** Returns the string that a constraint compares. */
export function comparedText(constraint: DocumentConstraint, { entityId, context }: Question): string {
  return readAs(constraint) === "entity" ? entityId : contextText(context, constraint.property);
}

/** Returns a question on one line. */
export function questionText({ flagKey, entityId, context }: EvaluationRequest | Question): string {
  const known = Object.entries(context ?? {}).map(([name, value]) => `${name}=${quote(String(value))}`);
  return [flagKey, `for ${quote(entityId)}`, ...(known.length === 0 ? [] : ["with", known.join(", ")])].join(
    " ",
  );
}
