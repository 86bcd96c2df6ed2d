// What tests of the portable engine share: a document that has everything, and its state.

import type { CompiledState } from "../../engines/engine.ts";
import { portableEngine } from "../../engines/portable/mod.ts";

const encoder = new TextEncoder();

/** An object of JSON. */
export type Json = { [member: string]: unknown };

/** The state of a document. */
export function compile(
  document: Uint8Array | string | object,
  namespace = "default",
): Promise<CompiledState> {
  const compilation = portableEngine().compile("document", namespace);
  if (document instanceof Uint8Array) compilation.write(document);
  else compilation.write(encoder.encode(typeof document === "string" ? document : JSON.stringify(document)));
  return compilation.finish();
}

/** A document that has every member there is. */
export function fullDocument(): Json {
  const constraint = {
    type: "STRING_CONSTRAINT_COMPARISON_TYPE",
    property: "plan",
    operator: "eq",
    value: "pro",
  };
  const segment = { key: "s", matchType: "ALL_SEGMENT_MATCH_TYPE", constraints: [constraint] };
  // Text and back, so that no object is there twice.
  return JSON.parse(JSON.stringify({
    namespace: { key: "default", name: "Default" },
    flags: [{
      key: "v",
      name: "a flag",
      type: "VARIANT_FLAG_TYPE",
      description: "a variant flag",
      enabled: true,
      rules: [{
        segments: [segment],
        segmentOperator: "OR_SEGMENT_OPERATOR",
        distributions: [{ variantKey: "a", rollout: 50, variantAttachment: "{}" }, {
          variantKey: "b",
          rollout: 50,
        }],
      }],
      rollouts: [
        { description: "some", threshold: { percentage: 50, value: true } },
        { segment: { segmentOperator: "OR_SEGMENT_OPERATOR", value: true, segments: [segment] } },
      ],
      defaultVariant: { id: "id", key: "default", attachment: "null" },
    }],
    digest: "0123",
  }));
}

/** Properties, and what each is compared with. */
export type Bounds = readonly (readonly [property: string, value: string])[];

/** A flag of one rule for each list of properties and what they are compared with; an empty name is the entity id's. */
export function rulesFlag(key: string, operator: "eq" | "prefix", ...rules: readonly Bounds[]): Json {
  return {
    ...{ key, name: "", enabled: true },
    rules: rules.map((bounds, n) => ({
      segments: [{
        key: `s${n}`,
        matchType: "ALL_SEGMENT_MATCH_TYPE",
        constraints: bounds.map(([property, value]) => ({
          type: `${property === "" ? "ENTITY_ID" : "STRING"}_CONSTRAINT_COMPARISON_TYPE`,
          ...{ property, operator, value },
        })),
      }],
      segmentOperator: "OR_SEGMENT_OPERATOR",
      distributions: [],
    })),
  };
}
