// GrowthBook's server client: features with conditions, and experiments for distributions.

import { GrowthBookClient } from "@growthbook/growthbook";
import { type Condition, type Flag, OFF } from "../flags.ts";
import type { OpenSubject } from "./subject.ts";

type Features = NonNullable<Parameters<GrowthBookClient["initSync"]>[0]["payload"]["features"]>;

/** Opens GrowthBook as a subject. */
export function openGrowthbook(flags: readonly Flag[], kind: Flag["kind"]): Promise<OpenSubject> {
  const features = Object.fromEntries(flags.map((flag) => [flag.key, feature(flag)])) as Features;
  const growthbook = new GrowthBookClient().initSync({ payload: { features } });
  return Promise.resolve({
    target: growthbook,
    call: kind === "variant"
      ? `target.getFeatureValue(request.flagKey, "", request.user)`
      : "target.isOn(request.flagKey, request.user)",
    request: ({ flagKey, entityId, context }) => ({
      flagKey,
      user: { attributes: { id: entityId, ...context } },
    }),
    resultOf: (answer) => String(answer),
    close: () => growthbook.destroy(),
  });
}

function feature(flag: Flag): object {
  if (flag.kind === "boolean") {
    const rule = { force: true, coverage: flag.percentage / 100, hashAttribute: "id" };
    return { defaultValue: false, rules: [rule] };
  }
  return {
    defaultValue: OFF,
    rules: flag.rules.map(({ conditions, variants }) => ({
      condition: Object.fromEntries(
        conditions.map((condition) => [condition.property, conditionValue(condition)]),
      ),
      ...(variants.length === 1
        ? { force: variants[0] }
        : { variations: variants, weights: variants.map(() => 1 / variants.length), hashAttribute: "id" }),
    })),
  };
}

function conditionValue({ value, isPrefix }: Condition): unknown {
  if (typeof value === "number") return { $gt: value };
  if (typeof value !== "string") return { $in: value };
  return isPrefix ? { $regex: `^${value.replaceAll(".", "\\.")}` } : value;
}
