// A client gives back all that it took: many lives of clients leave the process as large as it was.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { FliptClient } from "../mod.ts";
import { testedEngines } from "./support/engines.ts";

const FLAGS = 100;
const WARM_UP = 150;
const CYCLES = 1000;
/** What a thousand states of this document hold when they leak is several times this. */
const BOUND = 48 * 1024 * 1024;

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

for (const { kind, options, skip } of await testedEngines()) {
  test(
    `${CYCLES} cycles of init, evaluate and close leave the memory flat on ${kind}`,
    { skip },
    async () => {
      const document = documentOf(FLAGS);
      const cycle = async (): Promise<void> => {
        const client = await FliptClient.init({
          ...options,
          updateInterval: 0,
          fetcher: () => Promise.resolve(new Response(document)),
        });
        const { variantKey } = client.evaluateVariant("flag-7", "entity", { "property-7": "value-7-3" });
        assert.equal(variantKey, "on");
        assert.equal(client.listFlags().length, FLAGS);
        client.close();
      };
      for (let i = 0; i < WARM_UP; i++) await cycle();
      const before = process.memoryUsage.rss();
      for (let i = 0; i < CYCLES; i++) await cycle();
      const grown = process.memoryUsage.rss() - before;
      assert.ok(grown < BOUND, `${CYCLES} cycles left ${(grown / 1048576).toFixed(1)} MB behind`);
    },
  );
}
