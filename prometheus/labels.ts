// Which labels a program may add to all samples: those that no metric has for values of its own.

import { isObject, mustBe, quote } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { LABEL_NAME, type Labels } from "./exposition.ts";

/** The labels of the client's metrics. */
const CLIENT_LABELS: readonly string[] = ["flag", "variant", "reason", "error", "outcome"];

/** The labels of the series of Flipt's servers. */
const SERVER_LABELS: readonly string[] = [
  "flipt_environment",
  "flipt_namespace",
  "namespace",
  "flipt_flag",
  "flag",
  "flipt_flag_type",
  "flipt_value",
  "value",
  "flipt_reason",
  "reason",
];

/** The labels that all series of Flipt's servers have: the two versions name the namespace differently. */
export function placeLabels(namespace: string, environment: string): Labels {
  return { flipt_environment: environment, flipt_namespace: namespace, namespace };
}

/**
 * Checks labels that are added to all samples.
 * @param place The labels of all series of Flipt's servers, if there are such series.
 * @throws {ValidationError} when one has no valid name or value, or would stand in for one that a metric has.
 */
export function checkLabels(labels: unknown, place: Labels | undefined): void {
  if (!isObject(labels)) throw new ValidationError(`labels ${mustBe("an object of strings", labels)}`);
  for (const [name, value] of Object.entries(labels)) {
    if (!LABEL_NAME.test(name)) {
      throw new ValidationError(`labels has ${quote(name)}, which is not a valid label name`);
    }
    if (typeof value !== "string") {
      throw new ValidationError(`labels ${mustBe(`an object of strings, also for ${quote(name)}`, value)}`);
    }
    // The place of an evaluation has one meaning, and may be added to the other metrics.
    const isOwn = CLIENT_LABELS.includes(name) ||
      place !== undefined && SERVER_LABELS.includes(name) && place[name] !== value;
    if (isOwn) {
      throw new ValidationError(
        `labels has ${quote(name)}, a label that metrics have for values of their own: choose another name`,
      );
    }
  }
}
