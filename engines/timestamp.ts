// The time stamp of an answer. `toISOString` costs more than an evaluation, so one string is kept per millisecond.

let lastMillis = -1;
let lastText = "";

/** `millis` since 1970 as ISO 8601 in UTC. */
export function timestamp(millis: number): string {
  if (millis !== lastMillis) {
    lastMillis = millis;
    lastText = new Date(millis).toISOString();
  }
  return lastText;
}
