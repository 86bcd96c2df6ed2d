// A program of its own that makes and closes clients, and prints how much larger that left it, in bytes. Its argument is
// the JSON of the options that ask for an engine. Started with the garbage collector in reach (see memory.test.ts).

import assert from "node:assert/strict";
import process from "node:process";
import { FliptClient } from "../../mod.ts";

const FLAGS = 100;
const WARM_UP = 300;
const CYCLES = 1000;

/** About 90 KB of JSON. */
function documentOf(flags: number): string {
  const constraint = (n: number) => ({
    type: "STRING_CONSTRAINT_COMPARISON_TYPE",
    property: `property-${n}`,
    operator: "isoneof",
    value: JSON.stringify(Array.from({ length: 20 }, (_, i) => `value-${n}-${i}`)),
  });
  const rule = (n: number) => ({
    segments: [{ key: `segment-${n}`, matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint(n)] }],
    segmentOperator: "OR_SEGMENT_OPERATOR",
    distributions: [{ variantKey: "on", rollout: 100, variantAttachment: `{"n":${n}}` }],
  });
  return JSON.stringify({
    namespace: { key: "default" },
    flags: Array.from({ length: flags }, (_, n) => ({
      key: `flag-${n}`,
      name: "",
      enabled: true,
      type: "VARIANT_FLAG_TYPE",
      rules: [rule(n), rule(n + 1000)],
    })),
  });
}

/** Collects garbage, by whatever the runtime calls it. */
function collect(): void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(isSynchronous: boolean): void } };
  if (Bun !== undefined) Bun.gc(true);
  else if (gc !== undefined) gc();
  else throw new Error("start this program with --expose-gc");
}

async function run(engine: object): Promise<number> {
  const document = documentOf(FLAGS);
  const cycle = async (): Promise<void> => {
    const client = await FliptClient.init({
      ...engine,
      updateInterval: 0,
      fetcher: () => Promise.resolve(new Response(document)),
    });
    const { variantKey } = client.evaluateVariant("flag-7", "entity", { "property-7": "value-7-3" });
    assert.equal(variantKey, "on");
    assert.equal(client.listFlags().length, FLAGS);
    client.close();
  };
  for (let i = 0; i < WARM_UP; i++) await cycle();
  collect();
  const before = process.memoryUsage.rss();
  for (let i = 0; i < CYCLES; i++) await cycle();
  collect();
  return process.memoryUsage.rss() - before;
}

console.log(await run(JSON.parse(process.argv[2] ?? "{}")));
