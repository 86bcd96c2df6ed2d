// Documents that are no documents, or such as nobody would write.

import { answer, type Attack, withFlags } from "../attack.ts";

/** The rest of a flag's members. */
const REST = '"name":"","type":"BOOLEAN_FLAG_TYPE","enabled":true';

/** A good document with more flags. */
function flags(make: () => string): Attack["run"] {
  let made: string | undefined;
  return (exchange, good) => {
    made ??= make();
    answer(withFlags(good, made))(exchange, good);
  };
}

function many(count: number, make: (number: number) => string): string {
  return Array.from({ length: count }, (_, number) => make(number)).join(",");
}

const CONSTRAINT =
  '{"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"x","operator":"isoneof","value":"[\\"a\\"]"}';

function withSegment(constraints: string): string {
  return `{"key":"large","name":"","type":"BOOLEAN_FLAG_TYPE","enabled":true,"rollouts":[{"segment":{"value":true,` +
    `"segmentOperator":"OR_SEGMENT_OPERATOR","segments":[{"key":"s","matchType":"ALL_SEGMENT_MATCH_TYPE",` +
    `"constraints":[${constraints}]}]}}]}`;
}

/** The attacks. */
export const DOCUMENTS: readonly Attack[] = [
  {
    name: "many-flags",
    on: "snapshot",
    seconds: 2,
    maxGapMs: 300,
    maxMegabytes: 600,
    run: flags(() => many(150_000, (number) => `{"key":"f${number}",${REST}}`)),
  },
  {
    name: "a-million-flags",
    on: "snapshot",
    seconds: 3,
    // More bytes than are taken.
    run: flags(() => many(1_000_000, (number) => `{"key":"f${number}",${REST}}`)),
  },
  {
    name: "100,000-constraints",
    on: "snapshot",
    seconds: 2,
    maxGapMs: 300,
    maxMegabytes: 400,
    run: flags(() => withSegment(many(100_000, () => CONSTRAINT))),
  },
  {
    name: "one-constraint-of-megabytes",
    on: "snapshot",
    maxGapMs: 300,
    maxMegabytes: 400,
    run: flags(() =>
      withSegment(CONSTRAINT.replace('\\"a\\"', many(500_000, (number) => `\\"${number}\\"`)))
    ),
  },
  {
    name: "keys-of-megabytes",
    on: "snapshot",
    maxGapMs: 150,
    maxMegabytes: 400,
    run: flags(() => many(4, (number) => `{"key":"${String(number).repeat(2_000_000)}",${REST}}`)),
  },
  {
    name: "the-same-flag-again-and-again",
    on: "snapshot",
    maxGapMs: 300,
    maxMegabytes: 400,
    run: flags(() => many(100_000, () => `{"key":"same",${REST}}`)),
  },
  {
    name: "duplicate-members",
    on: "snapshot",
    isQuick: true,
    run: (exchange, good) =>
      answer(`{"flags":[],"namespace":{"key":"other"},${good.slice(1)}`)(exchange, good),
  },
  {
    name: "many-duplicate-members",
    on: "snapshot",
    maxGapMs: 300,
    run: (exchange, good) => answer(`{${'"flags":[],'.repeat(300_000)}${good.slice(1)}`)(exchange, good),
  },
  ...[
    ["1e400", "1e400"],
    ["minus-0", "-0"],
    ["1e-400", "1e-400"],
    ["2^64", "18446744073709551616"],
    ["NaN", "NaN"],
    ["a-million-digits", "9".repeat(1_000_000)],
  ].map(([name, number = ""]): Attack => ({
    name: `percentage-of-${name}`,
    on: "snapshot",
    isQuick: name === "1e400" || name === "minus-0",
    run: flags(() =>
      `{"key":"n","name":"","type":"BOOLEAN_FLAG_TYPE","enabled":true,"rollouts":[{"threshold":{"percentage":${number},"value":true}}]}`
    ),
  })),
  {
    name: "names-of-prototypes",
    on: "snapshot",
    isQuick: true,
    run: flags(() =>
      many(
        3,
        (number) =>
          `{"key":"${["__proto__", "constructor", "toString"][number]}",${REST},"__proto__":{"x":1}}`,
      )
    ),
  },
  { name: "lone-surrogates", on: "snapshot", run: flags(() => `{"key":"\\ud800",${REST}}`) },
  {
    name: "bytes-that-are-no-text",
    on: "snapshot",
    run: ({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
      socket.write(Uint8Array.of(0xff, 0xfe, 0x80, 0x00));
    },
  },
  { name: "nothing", on: "snapshot", isQuick: true, run: answer("") },
  { name: "null", on: "snapshot", run: answer("null") },
  { name: "html", on: "snapshot", run: answer("<!doctype html><p>hello", { "Content-Type": "text/html" }) },
  { name: "flags-of-a-number", on: "snapshot", run: answer('{"namespace":{"key":"shop"},"flags":7}') },
  {
    name: "another-namespace",
    on: "snapshot",
    run: answer('{"namespace":{"key":"other"},"flags":[]', {}),
  },
  {
    name: "blanks-before",
    on: "snapshot",
    run: (exchange, good) => answer(" \t\r\n".repeat(2_000_000) + good)(exchange, good),
  },
  {
    name: "blanks-behind",
    on: "snapshot",
    run: (exchange, good) => answer(good + " \t\r\n".repeat(2_000_000))(exchange, good),
  },
];
