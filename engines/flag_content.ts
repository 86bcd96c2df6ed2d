// What of a flag can be told from outside, as one number: for saying which flags differ between two states. Ids of rules,
// times and names are left out: a server makes them anew with every document.

import type { DocumentFlag, DocumentSegment, FlagDocument } from "./document.ts";
import type { CompiledState } from "./engine.ts";

/** A number for the content of each flag of `namespace`. */
export function contentNumbers(document: FlagDocument, namespace: string): Map<string, number> {
  const numbers = new Map<string, number>();
  if (document.namespace.key !== namespace) return numbers;
  for (const flag of document.flags) numbers.set(flag.key, contentNumber(flag));
  return numbers;
}

/**
 * A number for the content of a flag: two flags with the same number answer alike and are listed alike, but for a chance
 * of one in 2 to the 53rd. No protection against intent.
 */
export function contentNumber(flag: DocumentFlag): number {
  const content = new Content();
  const isBoolean = flag.type === "BOOLEAN_FLAG_TYPE";
  content.truth(isBoolean);
  content.truth(flag.enabled);
  content.text(flag.description);
  const variant = flag.defaultVariant;
  content.text(variant?.id);
  content.text(variant?.key);
  content.text(variant?.attachment);
  if (isBoolean) addRollouts(content, flag);
  else addRules(content, flag);
  return content.number;
}

/** The keys that only one of two states has, or whose content is not the same in both. */
export function differingKeys<T>(
  flags: ReadonlyMap<string, T>,
  previous: ReadonlyMap<string, T>,
  same: (flag: T, previous: T) => boolean,
): string[] {
  const keys: string[] = [];
  for (const [key, flag] of flags) {
    const before = previous.get(key);
    if (before === undefined || !same(flag, before)) keys.push(key);
  }
  for (const key of previous.keys()) if (!flags.has(key)) keys.push(key);
  return keys;
}

/** The keys of both states, which cannot be compared any closer. */
export function allKeys(state: CompiledState, previous: CompiledState): string[] {
  return [...new Set([...state.listFlags(), ...previous.listFlags()].map(({ key }) => key))];
}

function addRules(content: Content, flag: DocumentFlag): void {
  const rules = flag.rules ?? [];
  content.count(rules.length);
  for (const { segments, segmentOperator, distributions } of rules) {
    content.truth(segmentOperator === "AND_SEGMENT_OPERATOR");
    addSegments(content, segments ?? []);
    content.count(distributions.length);
    for (const { variantKey, rollout, variantAttachment } of distributions) {
      content.text(variantKey);
      content.text(String(rollout));
      content.text(variantAttachment);
    }
  }
}

function addRollouts(content: Content, flag: DocumentFlag): void {
  const rollouts = flag.rollouts ?? [];
  content.count(rollouts.length);
  for (const { threshold, segment } of rollouts) {
    content.count(threshold ? 1 : segment ? 2 : 3);
    if (threshold) {
      content.text(String(threshold.percentage));
      content.truth(threshold.value);
    } else if (segment) {
      content.truth(segment.value);
      content.truth(segment.segmentOperator === "AND_SEGMENT_OPERATOR");
      addSegments(content, segment.segments);
    }
  }
}

/** By key, since a snapshot does not keep the order; where two have one key, the last counts. */
function addSegments(content: Content, segments: readonly DocumentSegment[]): void {
  const ordered = segments.length < 2 ? segments : byKey(segments);
  content.count(ordered.length);
  for (const { key, matchType, constraints } of ordered) {
    content.text(key);
    content.truth(matchType === "ALL_SEGMENT_MATCH_TYPE");
    content.count(constraints.length);
    for (const { type, property, operator, value } of constraints) {
      content.text(type);
      content.text(property);
      content.text(operator);
      content.text(value);
    }
  }
}

function byKey(segments: readonly DocumentSegment[]): readonly DocumentSegment[] {
  const last = new Map(segments.map((segment) => [segment.key, segment]));
  return [...last.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Becomes a number without making a text first: with large documents that would be much to clear away. */
class Content {
  #a = 0xdeadbeef;
  #b = 0x41c6ce57;

  /** A text, or none; each ends with what no text has in it. */
  text(text: string | null | undefined): void {
    let a = this.#a;
    let b = this.#b;
    const length = text?.length ?? 0;
    for (let i = 0; i < length; i++) {
      const unit = (text as string).charCodeAt(i);
      a = Math.imul(a ^ unit, 0x9e3779b1);
      b = Math.imul(b ^ unit, 0x5f356495);
    }
    this.#a = a;
    this.#b = b;
    this.count(typeof text === "string" ? 0x10000 : 0x10001);
  }

  truth(value: boolean): void {
    this.count(value ? 0x10002 : 0x10003);
  }

  count(count: number): void {
    this.#a = Math.imul(this.#a ^ count, 0x9e3779b1);
    this.#b = Math.imul(this.#b ^ count, 0x5f356495);
  }

  /** 53 bits of all that was added. */
  get number(): number {
    const a = mixed(this.#a, this.#b);
    return (mixed(this.#b, a) & 0x1fffff) * 0x1_0000_0000 + (a >>> 0);
  }
}

function mixed(first: number, second: number): number {
  return Math.imul(first ^ (first >>> 16), 0x85ebca6b) ^ Math.imul(second ^ (second >>> 13), 0xc2b2ae35);
}
