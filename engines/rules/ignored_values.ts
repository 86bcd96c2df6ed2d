// Warns of values of a context that no constraint can compare: whoever gave them expects that one does.

import { onAbort } from "../../core/abortable.ts";
import { describe, quote, tagOf } from "../../core/describe.ts";

/** How many properties are warned of: their names may come from users. */
const MAX_WARNINGS = 20;

const warned = new Set<string>();

/** Where a client writes, which may be a logger of the user's. */
interface Log {
  isWanted(level: "warn"): boolean;
  warn(line: string): void;
}

/** Those of the clients that are open, the oldest first. None is kept for being here. */
const logs = new Set<WeakRef<Log>>();

/** Has warnings written by a client until it ends: the newest one writes them that wants warnings. */
export function warnOfIgnoredBy(log: Log, lifetime: AbortSignal): void {
  for (const each of logs) if (each.deref() === undefined) logs.delete(each);
  const own = new WeakRef(log);
  logs.add(own);
  onAbort(lifetime, () => void logs.delete(own));
}

/** Warns that a value counts as absent, once a property. */
export function noteIgnored(property: string, value: unknown): void {
  if (warned.has(property) || warned.size >= MAX_WARNINGS) return;
  const open = [...logs].flatMap((each) => each.deref() ?? []);
  const log = open.findLast((each) => each.isWanted("warn"));
  if (log === undefined && open.length > 0) return;
  warned.add(property);
  (log ?? console).warn(
    `flipt: in the context, ${
      ignoredValue(property, value)
    }: constraints compare strings, numbers and booleans`,
  );
}

/** What a value is that counts as absent, in a sentence about `property`. */
export function ignoredValue(property: string, value: unknown): string {
  const what = tagOf(value) === "Date"
    ? "a Date (give its toISOString())"
    : typeof value === "number"
    ? String(value)
    : describe(value);
  return `${quote(property)} is ${what}, which counts as absent`;
}
