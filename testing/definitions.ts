// The flags that a test defines, and their conversion to a document.

import { checkKey } from "../src/evaluation/evaluation_input.ts";
import { describe, quote } from "../core/describe.ts";
import { ValidationError } from "../core/errors.ts";
import { closestString } from "../core/closest_string.ts";
import type {
  DocumentDistribution,
  DocumentFlag,
  DocumentSegment,
  FlagDocument,
} from "../engines/document.ts";

/** A variant with an attachment, or of a disabled flag. */
export interface TestVariant {
  /** The key of the variant; `""` for none. */
  readonly variant: string;
  /** The attachment: any JSON value. @default none */
  readonly attachment?: unknown;
  /** Whether the flag is enabled. A disabled flag has no variant. @default true */
  readonly enabled?: boolean;
}

/** The value of a flag: a boolean for a boolean flag, a variant key or an object for a variant flag. */
export type TestFlagValue = boolean | string | TestVariant;

/** The values of flags, by flag key. */
export type TestFlagValues = Readonly<Record<string, TestFlagValue>>;

/** A validated value. */
type Value =
  | { readonly type: "boolean"; readonly enabled: boolean }
  | {
    readonly type: "variant";
    readonly variant: string;
    readonly attachment: string | undefined;
    readonly enabled: boolean;
  };

interface Definition {
  readonly value: Value;
  readonly overrides: ReadonlyMap<string, Value>;
}

/** The flags that a test has defined. */
export class Definitions {
  readonly #flags = new Map<string, Definition>();

  /** Defines flags. @throws {ValidationError} when a value is invalid. */
  constructor(values: TestFlagValues) {
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      throw new ValidationError(
        `flags must be an object such as { "dark-mode": true, banner: "winter" }, but are ${
          describe(values)
        }`,
      );
    }
    for (const [key, value] of Object.entries(values)) this.set(key, value, undefined);
  }

  /**
   * Sets the value of a flag, for all entities or for one.
   * @throws {ValidationError} when the value is invalid.
   */
  set(flagKey: string, newValue: TestFlagValue, entityId: string | undefined): void {
    checkKey("flagKey", flagKey);
    const value = checkedValue(flagKey, newValue);
    if (entityId === undefined) {
      // A new value for all entities discards those for single entities.
      this.#flags.set(flagKey, { value, overrides: new Map() });
      return;
    }
    checkKey("entityId", entityId);
    const { value: general, overrides } = this.#flags.get(flagKey) ??
      { value: defaultValueOf(value), overrides: new Map<string, Value>() };
    if (general.type !== value.type) {
      throw new ValidationError(
        `the flag ${
          quote(flagKey)
        } is a ${general.type} flag: it cannot be a ${value.type} flag for one entity`,
      );
    }
    if (value.type === "variant" && !value.enabled) {
      throw new ValidationError(
        `the flag ${quote(flagKey)} cannot be disabled for one entity, only for all`,
      );
    }
    this.#flags.set(flagKey, { value: general, overrides: new Map(overrides).set(entityId, value) });
  }

  /** Removes a flag, or its value for one entity. */
  unset(flagKey: string, entityId: string | undefined): void {
    const definition = this.#flags.get(flagKey);
    if (definition === undefined) return;
    if (entityId === undefined) {
      this.#flags.delete(flagKey);
      return;
    }
    const overrides = new Map(definition.overrides);
    overrides.delete(entityId);
    this.#flags.set(flagKey, { ...definition, overrides });
  }

  /** Returns an independent copy. */
  copy(): Definitions {
    const copy = new Definitions({});
    for (const [key, definition] of this.#flags) copy.#flags.set(key, definition);
    return copy;
  }

  /** Returns the document of a namespace with these flags. */
  document(namespace: string): FlagDocument {
    return {
      namespace: { key: namespace },
      flags: Array.from(this.#flags, ([key, definition]) => flagOf(key, definition)),
    };
  }
}

/**
 * Returns the document that a Flipt server would send for a namespace with these flags.
 *
 * @param values The values of the flags.
 * @param namespace The key of the namespace. @default "default"
 * @throws {ValidationError} when a value is invalid.
 *
 * @example
 * ```ts
 * import { flagDocument } from "@flipt-ffi/client/testing";
 *
 * const document = flagDocument({ "dark-mode": true });
 * console.assert(document.flags[0]?.key === "dark-mode");
 * ```
 */
export function flagDocument(values: TestFlagValues, namespace: string = "default"): FlagDocument {
  return new Definitions(values).document(namespace);
}

function checkedValue(flagKey: string, value: unknown): Value {
  if (typeof value === "boolean") return { type: "boolean", enabled: value };
  if (typeof value === "string") {
    return { type: "variant", variant: value, attachment: undefined, enabled: true };
  }
  const fail = (problem: string): never => {
    throw new ValidationError(
      `the flag ${
        quote(flagKey)
      } ${problem}: use true or false, the key of a variant, or { variant, attachment }`,
    );
  };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return fail(`cannot be ${describe(value)}`);
  }
  const known: readonly string[] = ["variant", "attachment", "enabled"] satisfies (keyof TestVariant)[];
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const meant = closestString(name, known);
    return fail(`has no ${quote(name)}${meant === undefined ? "" : ` (did you mean "${meant}"?)`}`);
  }
  const { variant, attachment, enabled = true } = value as Partial<Record<keyof TestVariant, unknown>>;
  if (typeof variant !== "string") return fail(`needs a string as its variant, not ${describe(variant)}`);
  if (typeof enabled !== "boolean") return fail(`needs true or false as enabled, not ${describe(enabled)}`);
  return { type: "variant", variant, attachment: attachmentText(attachment, fail), enabled };
}

function attachmentText(attachment: unknown, fail: (problem: string) => never): string | undefined {
  if (attachment === undefined) return undefined;
  try {
    const text: string | undefined = JSON.stringify(attachment);
    return text ??
      fail(`cannot have ${describe(attachment)} as its attachment, since it is not a JSON value`);
  } catch (error) {
    if (error instanceof ValidationError) throw error;
    return fail("has an attachment that cannot be converted to JSON");
  }
}

/** Returns the value for all other entities of a flag that is defined for one entity only. */
function defaultValueOf({ type }: Value): Value {
  return type === "boolean"
    ? { type, enabled: false }
    : { type, variant: "", attachment: undefined, enabled: true };
}

function flagOf(key: string, { value, overrides }: Definition): DocumentFlag {
  const common = { key, name: "", description: "", enabled: value.enabled };
  if (value.type === "boolean") {
    const rollouts = Array.from(overrides, ([entityId, { enabled }]) => ({
      segment: {
        value: enabled,
        segmentOperator: "OR_SEGMENT_OPERATOR",
        segments: [entitySegment(entityId)],
      },
    }));
    return { ...common, type: "BOOLEAN_FLAG_TYPE", rules: [], rollouts };
  }
  const rules = Array.from(overrides, ([entityId, override]) => ({
    segments: [entitySegment(entityId)],
    segmentOperator: "OR_SEGMENT_OPERATOR",
    distributions: distributionsOf(override),
  }));
  // With AND and no segments, the rule matches every entity without adding segment keys to the answer.
  const everybody = {
    segments: [],
    segmentOperator: "AND_SEGMENT_OPERATOR",
    distributions: distributionsOf(value),
  };
  if (everybody.distributions.length > 0) rules.push(everybody);
  return { ...common, type: "VARIANT_FLAG_TYPE", rules, rollouts: [] };
}

function distributionsOf(value: Value): DocumentDistribution[] {
  if (value.type === "boolean" || value.variant === "") return [];
  const { variant: variantKey, attachment } = value;
  return [{
    variantKey,
    rollout: 100,
    ...(attachment === undefined ? {} : { variantAttachment: attachment }),
  }];
}

function entitySegment(entityId: string): DocumentSegment {
  return {
    key: `entity:${entityId}`,
    matchType: "ALL_SEGMENT_MATCH_TYPE",
    constraints: [{
      type: "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE",
      property: "entity",
      operator: "eq",
      value: entityId,
    }],
  };
}
