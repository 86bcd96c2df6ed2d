// LaunchDarkly's server SDK with flags from its test data: nothing is sent or fetched. It answers with promises.

import { init, type LDContext } from "@launchdarkly/node-server-sdk";
import { TestData } from "@launchdarkly/node-server-sdk/integrations";
import { type Condition, type Flag, OFF } from "../flags.ts";
import type { OpenSubject } from "./subject.ts";

/** Its operators, by what is compared. */
const OPERATORS = { gt: "greaterThan", prefix: "startsWith", in: "in" } as const;

/** Opens LaunchDarkly as a subject. */
export async function openLaunchDarkly(flags: readonly Flag[], kind: Flag["kind"]): Promise<OpenSubject> {
  const data = new TestData();
  for (const flag of flags) data.usePreconfiguredFlag(launchDarklyFlag(flag));
  const client = init("sdk-key", {
    updateProcessor: data.getFactory(),
    sendEvents: false,
    diagnosticOptOut: true,
    logger: { error: console.error, warn: console.error, info: () => {}, debug: () => {} },
  });
  await client.waitForInitialization({ timeout: 5 });
  return {
    target: client,
    call: `target.variation(request.flagKey, request.context, ${kind === "variant" ? `""` : "false"})`,
    request: ({ flagKey, entityId, context }) => ({
      flagKey,
      context: { kind: "user", key: entityId, ...context } satisfies LDContext,
    }),
    resultOf: (answer) => String(answer),
    close: () => client.close(),
  };
}

/** Returns a flag in LaunchDarkly's own format. */
export function launchDarklyFlag(flag: Flag): object {
  const variations: readonly unknown[] = flag.kind === "boolean"
    ? [false, true]
    : [...new Set([OFF, ...flag.rules.flatMap(({ variants }) => variants)])];
  const rollout = (weights: readonly (readonly [variation: number, percentage: number])[]): object => ({
    rollout: {
      kind: "rollout",
      contextKind: "user",
      variations: weights.map(([variation, percentage]) => ({
        variation,
        weight: Math.round(percentage * 1000),
      })),
    },
  });
  return {
    key: flag.key,
    version: 1,
    on: true,
    salt: flag.key,
    variations,
    offVariation: 0,
    prerequisites: [],
    targets: [],
    contextTargets: [],
    fallthrough: flag.kind === "boolean"
      ? rollout([[1, flag.percentage], [0, 100 - flag.percentage]])
      : { variation: 0 },
    rules: flag.kind === "boolean" ? [] : flag.rules.map(({ conditions, variants }, index) => {
      const places = variants.map((variant) => variations.indexOf(variant));
      return {
        id: String(index),
        clauses: conditions.map(clause),
        ...(places.length === 1
          ? { variation: places[0] }
          : rollout(places.map((place) => [place, 100 / places.length]))),
      };
    }),
  };
}

function clause({ property, value, isPrefix }: Condition): object {
  return {
    contextKind: "user",
    attribute: property,
    op: OPERATORS[typeof value === "number" ? "gt" : isPrefix ? "prefix" : "in"],
    values: [value].flat(),
    negate: false,
  };
}
