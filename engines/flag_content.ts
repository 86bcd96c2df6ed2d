// What of a flag can be told from outside, as a text: for saying which flags differ between two states. Ids of rules, times
// and names are left out: a server makes them anew with every document.

import type { DocumentFlag, DocumentSegment } from "./document.ts";
import type { CompiledState } from "./engine.ts";
import { distributionsToSnapshot, flagToSnapshot, rolloutToSnapshot, ruleToSnapshot } from "./snapshot.ts";

/** A text for the content of a flag: two flags with the same text answer alike and are listed alike. */
export function contentOf(flag: DocumentFlag): string {
  const parts = flag.type === "BOOLEAN_FLAG_TYPE"
    ? flag.rollouts?.map(({ threshold, segment }, i) =>
      rolloutToSnapshot(
        { threshold, segment: segment && { ...segment, segments: byKey(segment.segments) } },
        i,
      )
    )
    : flag.rules?.map((rule, i) => ({
      ...ruleToSnapshot(flag, { ...rule, segments: byKey(rule.segments ?? []) }, i),
      distributions: distributionsToSnapshot(flag, rule, i),
    }));
  return JSON.stringify([flagToSnapshot(flag), parts ?? []]);
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

/** A snapshot does not keep the order. Of segments with one key, the last still is the last. */
function byKey(segments: readonly DocumentSegment[]): readonly DocumentSegment[] {
  return [...segments].sort((a, b) => a.key === b.key ? 0 : a.key < b.key ? -1 : 1);
}
