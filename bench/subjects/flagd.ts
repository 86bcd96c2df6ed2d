// OpenFeature's flagd with in-process evaluation: rules are JsonLogic.

import { FlagdCore } from "@openfeature/flagd-core";
import { type Condition, type Flag, OFF, type VariantFlag } from "../flags.ts";
import type { OpenSubject } from "./subject.ts";

/** Opens flagd as a subject. */
export function openFlagd(flags: readonly Flag[], kind: Flag["kind"]): Promise<OpenSubject> {
  const core = new FlagdCore();
  core.setConfigurations(flagdConfiguration(flags));
  return Promise.resolve({
    target: core,
    call: kind === "variant"
      ? `target.resolveStringEvaluation(request.flagKey, "", request.context)`
      : `target.resolveBooleanEvaluation(request.flagKey, false, request.context)`,
    request: ({ flagKey, entityId, context }) => ({
      flagKey,
      context: { targetingKey: entityId, ...context },
    }),
    resultOf: (answer) => String((answer as { value: unknown }).value),
    close: () => {},
  });
}

/** What flagd reads flags from. */
export function flagdConfiguration(flags: readonly Flag[]): string {
  return JSON.stringify({ flags: Object.fromEntries(flags.map((flag) => [flag.key, flagdFlag(flag)])) });
}

function flagdFlag(flag: Flag): object {
  if (flag.kind === "boolean") {
    return {
      state: "ENABLED",
      variants: { on: true, off: false },
      defaultVariant: "off",
      targeting: { fractional: [["on", flag.percentage], ["off", 100 - flag.percentage]] },
    };
  }
  const variants = new Set([OFF, ...flag.rules.flatMap((rule) => rule.variants)]);
  return {
    state: "ENABLED",
    variants: Object.fromEntries([...variants].map((variant) => [variant, variant])),
    defaultVariant: OFF,
    targeting: targeting(flag),
  };
}

function targeting({ rules }: VariantFlag): object {
  const branches = rules.flatMap(({ conditions, variants }) => [
    { and: conditions.map(logic) },
    variants.length === 1
      ? variants[0]
      : { fractional: variants.map((variant) => [variant, 100 / variants.length]) },
  ]);
  return { if: [...branches, null] };
}

function logic({ property, value, isPrefix }: Condition): object {
  const operator = typeof value === "number"
    ? ">"
    : typeof value !== "string"
    ? "in"
    : isPrefix
    ? "starts_with"
    : "==";
  return { [operator]: [{ var: property }, value] };
}
