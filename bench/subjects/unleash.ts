// Unleash: strategies with constraints and variants, loaded from bootstrap data.

import { InMemStorageProvider, Unleash } from "unleash-client";
import type { Flag } from "../flags.ts";
import { OFF } from "../flags.ts";
import type { OpenSubject } from "./subject.ts";

type Bootstrap = NonNullable<NonNullable<ConstructorParameters<typeof Unleash>[0]["bootstrap"]>["data"]>;

/** Opens Unleash as a subject. */
export async function openUnleash(flags: readonly Flag[], kind: Flag["kind"]): Promise<OpenSubject> {
  const unleash = new Unleash({
    appName: "bench",
    // The discard port: nothing is fetched after the bootstrap.
    url: "http://127.0.0.1:9/api/",
    refreshInterval: 0,
    disableMetrics: true,
    disableAutoStart: true,
    skipInstanceCountWarning: true,
    storageProvider: new InMemStorageProvider(),
    bootstrap: { data: flags.map(unleashFlag) as Bootstrap },
  });
  unleash.on("error", () => {});
  unleash.on("warn", () => {});
  const ready = new Promise<void>((resolve) => unleash.once("ready", () => resolve()));
  await unleash.start();
  await ready;
  return {
    target: unleash,
    call: kind === "variant"
      ? "target.getVariant(request.flagKey, request.context)"
      : "target.isEnabled(request.flagKey, request.context)",
    request: ({ flagKey, entityId, context }) => ({
      flagKey,
      context: { userId: entityId, properties: context },
    }),
    resultOf: (answer) => {
      if (typeof answer === "boolean") return String(answer);
      const { name, enabled } = answer as { name: string; enabled: boolean };
      return enabled ? name : OFF;
    },
    close: () => unleash.destroy(),
  };
}

function unleashFlag(flag: Flag): object {
  const common = { name: flag.key, enabled: true, type: "release", project: "default", stale: false };
  const rollout = (percentage: number): object => ({
    rollout: String(percentage),
    stickiness: "userId",
    groupId: flag.key,
  });
  if (flag.kind === "boolean") {
    const strategy = { name: "flexibleRollout", parameters: rollout(flag.percentage), constraints: [] };
    return { ...common, strategies: [strategy], variants: [] };
  }
  return {
    ...common,
    variants: [],
    strategies: flag.rules.map(({ conditions, variants }) => ({
      name: "flexibleRollout",
      parameters: rollout(100),
      constraints: conditions.map(({ property, value, isPrefix }) => ({
        contextName: property,
        inverted: false,
        ...(typeof value === "number"
          ? { operator: "NUM_GT", value: String(value) }
          : { operator: isPrefix ? "STR_STARTS_WITH" : "IN", values: [value].flat() }),
      })),
      variants: variants.map((name) => ({ name, weight: 1000 / variants.length, stickiness: "userId" })),
    })),
  };
}
