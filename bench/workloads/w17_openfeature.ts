// W17: an evaluation through OpenFeature's server SDK, by provider. The floor is a provider that answers a constant: what the
// SDK itself takes. Each provider has processes of its own. Unleash has none for servers on npm.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client, Provider } from "@openfeature/server-sdk";
import type { Figure } from "../figures.ts";
import { entityIds, LAST_RULE_VARIANTS, matchingContext, rulesFlag } from "../flags.ts";
import { documentJson } from "../flipt_document.ts";
import { quantile } from "../statistics.ts";
import { fetcherOfText } from "../subjects/fetcher.ts";
import type { SubjectName } from "../subjects/subject.ts";
import type { Task, Workload } from "./workload.ts";

const FLAG_KEY = "checkout-flow";

const PROVIDED: readonly SubjectName[] = ["native", "portable", "flagd", "launchdarkly", "floor"];

const FLAGS = [rulesFlag(FLAG_KEY)];

async function providerOf(subject: SubjectName, folder: string): Promise<Provider> {
  switch (subject) {
    case "native":
    case "portable": {
      // The process has one engine only, so the sources need no copy.
      const { FliptProvider } = await import("../../openfeature/mod.ts");
      const fetcher = fetcherOfText(documentJson(FLAGS));
      return new FliptProvider({ engine: subject, updateInterval: 0, fetcher }) as Provider;
    }
    case "flagd": {
      const { FlagdProvider } = await import("@openfeature/flagd-provider");
      const { flagdConfiguration } = await import("../subjects/flagd.ts");
      const offlineFlagSourcePath = join(folder, "flagd.json");
      writeFileSync(offlineFlagSourcePath, flagdConfiguration(FLAGS));
      return new FlagdProvider({ resolverType: "in-process", offlineFlagSourcePath });
    }
    case "launchdarkly": {
      const { LaunchDarklyProvider } = await import("@launchdarkly/openfeature-node-server");
      const { TestData } = await import("@launchdarkly/node-server-sdk/integrations");
      const { launchDarklyFlag } = await import("../subjects/launchdarkly.ts");
      const data = new TestData();
      for (const flag of FLAGS) data.usePreconfiguredFlag(launchDarklyFlag(flag));
      return new LaunchDarklyProvider("sdk-key", {
        updateProcessor: data.getFactory(),
        sendEvents: false,
        diagnosticOptOut: true,
        logger: { error: console.error, warn: console.error, info: () => {}, debug: () => {} },
      });
    }
    default: {
      const resolved = { value: LAST_RULE_VARIANTS[0] ?? "", variant: "constant", reason: "STATIC" };
      const answer = () => Promise.resolve(resolved as never);
      return {
        metadata: { name: "constant" },
        resolveBooleanEvaluation: answer,
        resolveStringEvaluation: answer,
        resolveNumberEvaluation: answer,
        resolveObjectEvaluation: answer,
      };
    }
  }
}

/** Nanoseconds an evaluation, each awaited, for `millis`. */
async function round(
  client: Client,
  contexts: readonly Record<string, string>[],
  millis: number,
): Promise<number> {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    // The clock is read once for many evaluations.
    for (let n = 0; n < 50; n++) {
      const value = await client.getStringValue(FLAG_KEY, "", contexts[count++ % contexts.length]);
      if (!LAST_RULE_VARIANTS.includes(value)) throw new Error(`the answer is ${value}`);
    }
    elapsed = performance.now() - start;
  } while (elapsed < millis);
  return elapsed * 1e6 / count;
}

/** The workload. */
export const openFeature: Workload = {
  name: "W17",
  title: "the flag of W1 through OpenFeature's server SDK, by provider; the floor answers a constant",
  tasks: ({ isQuick }) => {
    const once = PROVIDED.map((subject): Task => ({ subject, part: "" }));
    return Array.from({ length: isQuick ? 1 : 3 }, () => once).flat();
  },
  async measure({ effort, task, folder }): Promise<Figure[]> {
    const { subject } = task ?? {};
    if (subject === undefined) throw new Error("W17 measures one provider per process");
    // Loaded here, since the processes of all workloads load this module.
    const { OpenFeature } = await import("@openfeature/server-sdk");
    await OpenFeature.setProviderAndWait(await providerOf(subject, folder));
    const client = OpenFeature.getClient();
    const contexts = entityIds().map((targetingKey) => ({ targetingKey, ...matchingContext() }));
    await round(client, contexts, effort.warmUpMs);
    const times: number[] = [];
    for (let n = 0; n < effort.rounds; n++) times.push(await round(client, contexts, effort.roundMs));
    await OpenFeature.close();
    const sorted = times.toSorted((left, right) => left - right);
    const [value, lower, upper] = [0.5, 0.25, 0.75].map((share) => quantile(sorted, share));
    return [{ workload: "W17", part: "", subject, unit: "ns", value, lower, upper }];
  },
};
