// W14: what the calls that cannot throw cost beside the evaluations that they make, and all flags at once beside a loop.

import type { FliptClient } from "../../src/client.ts";
import type { Figure } from "../figures.ts";
import { type BooleanFlag, entityIds, LAST_RULE_VARIANTS, matchingContext, rulesFlag } from "../flags.ts";
import { documentJson } from "../flipt_document.ts";
import { type Candidate, timeInTurns } from "../measure.ts";
import { PARTS } from "../parts.ts";
import { fetcherOfText } from "../subjects/fetcher.ts";
import { clientModule } from "../subjects/flipt.ts";
import { severalProcesses, type Workload } from "./workload.ts";

const ENGINES = ["native", "portable"] as const;
const VARIANT = "checkout-flow";
const BOOLEAN = "dark-mode";
const ATTACHMENT = JSON.stringify({
  steps: 3,
  wallets: ["apple-pay", "google-pay"],
  theme: { color: "plain" },
});

/** Takes every attachment, as a schema. */
const SCHEMA = { "~standard": { version: 1, vendor: "bench", validate: (value: unknown) => ({ value }) } };

interface Target {
  readonly client: FliptClient;
  readonly keys: readonly string[];
  readonly schema: typeof SCHEMA;
}

/** The calls, by the title of the part. */
const CALLS: Readonly<Record<string, string>> = {
  [PARTS.evaluateBoolean]:
    `target.client.evaluateBoolean("${BOOLEAN}", request.entityId, request.context).enabled`,
  [PARTS.isEnabled]: `target.client.isEnabled("${BOOLEAN}", request.entityId, request.context)`,
  [PARTS.evaluateVariant]:
    `target.client.evaluateVariant("${VARIANT}", request.entityId, request.context).variantKey`,
  [PARTS.variant]: `target.client.variant("${VARIANT}", request.entityId, request.context)`,
  [PARTS.value]: `target.client.value("${VARIANT}", request.entityId, request.context)`,
  [PARTS.valueChecked]:
    `target.client.value("${VARIANT}", request.entityId, request.context, { schema: target.schema })`,
  [PARTS.loop]: `target.keys.reduce((flags, key) => {
    const { enabled, reason } = target.client.evaluateBoolean(key, request.entityId, request.context);
    flags[key] = { value: enabled, reason };
    return flags;
  }, {})`,
  [PARTS.evaluateAll]: `target.client.evaluateAll(request.entityId, request.context, { keys: target.keys })`,
};

function documentText(): string {
  const flags: BooleanFlag[] = Array.from({ length: 100 }, (_, n) => ({
    kind: "boolean",
    key: n === 50 ? BOOLEAN : `flag-${n}`,
    percentage: 50,
  }));
  // Each variant with an attachment: the calls for values need one, and the others are not to have less to do.
  return documentJson([rulesFlag(VARIANT), ...flags]).replaceAll(
    /("variantAttachment"\s*:\s*)"[^"]*"/g,
    (_, member: string) => `${member}${JSON.stringify(ATTACHMENT)}`,
  );
}

/** The workload. */
export const values: Workload = {
  name: "W18",
  title: "calls that cannot throw, beside the evaluations that they make",
  tasks: severalProcesses,
  async measure({ effort, subjects }): Promise<readonly Figure[]> {
    const figures: Figure[] = [];
    for (const engine of ENGINES.filter((each) => subjects.includes(each))) {
      const { FliptClient } = await clientModule(engine);
      const client = await FliptClient.init({
        updateInterval: 0,
        fetcher: fetcherOfText(documentText()),
        engine,
      });
      const keys = client.listFlags().filter(({ type }) => type === "BOOLEAN_FLAG_TYPE").map(({ key }) =>
        key
      );
      const requests = entityIds().map((entityId) => ({ entityId, context: matchingContext() }));
      for (const { entityId, context } of requests) {
        const variantKey = client.variant(VARIANT, entityId, context);
        if (!LAST_RULE_VARIANTS.includes(variantKey)) throw new Error(`${engine} answers ${variantKey}`);
        if (JSON.stringify(client.value(VARIANT, entityId, context)) !== ATTACHMENT) {
          throw new Error(`${engine} gives no attachment`);
        }
      }
      const target: Target = { client, keys, schema: SCHEMA };
      const candidates = Object.entries(CALLS).map(([name, call]): Candidate => (
        { name, opened: { target, call }, requests }
      ));
      for (const { name, median: value, lower, upper } of await timeInTurns(candidates, effort)) {
        figures.push({ workload: "W18", part: name, subject: engine, unit: "ns", value, lower, upper });
      }
      client.close();
    }
    return figures;
  },
};
