// Puts overrides before a flag state: it answers as that does, but for the flags that are overridden. Loaded by clients and
// requests that have overrides, so that no other evaluation knows of them.

import { meantHint } from "../../core/closest_string.ts";
import { describe, isRecord, mustBe, quote } from "../../core/describe.ts";
import { ValidationError } from "../../core/errors.ts";
import type { Warn } from "../../core/user_callbacks.ts";
import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationReason,
  EvaluationResponse,
  Flag,
  FlagType,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import { booleanAnswer, booleanEntry, variantAnswer, variantEntry } from "../../engines/answers.ts";
import type { DocumentFlag } from "../../engines/document.ts";
import type { CompiledState } from "../../engines/engine.ts";
import { timestamp } from "../../engines/timestamp.ts";
import {
  type FlagOverride,
  type FlagOverrides,
  noteOverridden,
  type ScopeOverrides,
  type VariantOverride,
} from "./overrides.ts";

const MATCHED: EvaluationReason = "MATCH_EVALUATION_REASON";

/** What is wrong with an override, worded to follow its flag; `undefined` when nothing is. */
export function overrideProblem(value: unknown): string | undefined {
  if (typeof value === "boolean" || typeof value === "string") return undefined;
  if (!isRecord(value) || typeof value["variant"] !== "string") {
    return mustBe("a boolean, the key of a variant, or { variant, attachment }", value);
  }
  const known: readonly string[] = ["variant", "attachment"] satisfies (keyof VariantOverride)[];
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) return `has an unknown member ${quote(unknown)}${meantHint(unknown, known)}`;
  return attachmentProblem(value["attachment"]);
}

function attachmentProblem(attachment: unknown): string | undefined {
  try {
    if (attachment === undefined || JSON.stringify(attachment) !== undefined) return undefined;
  } catch {
    // A circle, a bigint, or a getter that throws.
  }
  return `has an attachment that cannot be written as JSON: it is ${describe(attachment)}`;
}

/** The overrides of one client, or of one request. */
export class Overrides implements ScopeOverrides {
  readonly #values: ReadonlyMap<string, FlagOverride>;
  readonly #ask: Extract<FlagOverrides, (...parameters: never) => unknown> | undefined;
  readonly #states = new WeakMap<CompiledState, OverridingState>();
  readonly #warned = new Set<string>();
  readonly #warn: Warn;

  /**
   * Takes the overrides as they are now.
   * @throws {ValidationError} when one is none.
   */
  constructor(overrides: FlagOverrides, warn: Warn = (...parts) => console.warn(...parts)) {
    const isFunction = typeof overrides === "function";
    this.#ask = isFunction ? overrides : undefined;
    const values = Object.entries(isFunction ? {} : overrides).filter(([, value]) => value !== undefined);
    for (const [flagKey, value] of values) {
      const problem = overrideProblem(value);
      if (problem !== undefined) {
        throw new ValidationError(`the override of flag ${quote(flagKey)} ${problem}`);
      }
    }
    this.#values = new Map(values as [string, FlagOverride][]);
    this.#warn = warn;
  }

  /** Puts the overrides before a state; the same one each time, since what is kept for a state goes by it. */
  before(given: unknown): CompiledState {
    const state = given as CompiledState;
    let overriding = this.#states.get(state);
    if (overriding === undefined) this.#states.set(state, overriding = new OverridingState(state, this));
    return overriding;
  }

  /** The overrides that are known without an evaluation. */
  get known(): ReadonlyMap<string, FlagOverride> {
    return this.#values;
  }

  /** What stands in the place of a flag's answer; `undefined` where nothing does. Never throws. */
  of(flagKey: string, entityId: string, context: EvaluationContext): FlagOverride | undefined {
    if (this.#ask === undefined) return this.#values.get(flagKey);
    try {
      const value = this.#ask({ flagKey, entityId, context });
      const problem = value === undefined ? undefined : overrideProblem(value);
      if (problem === undefined) return value;
      this.ignored(flagKey, problem);
    } catch (error) {
      this.#warnOnce(
        "",
        "flipt: the function of the option overrides failed; flags answer themselves:",
        error,
      );
    }
    return undefined;
  }

  /** Tells, once for each flag, that its override is of no use. */
  ignored(flagKey: string, problem: string): void {
    this.#warnOnce(flagKey, `flipt: the override of flag ${quote(flagKey)} is ignored: it ${problem}`);
  }

  #warnOnce(about: string, line: string, ...errors: readonly unknown[]): void {
    // Keys may come from anywhere.
    if (this.#warned.has(about) || this.#warned.size >= 100) return;
    this.#warned.add(about);
    this.#warn(line, ...errors);
  }
}

/** A state with overrides before it. */
class OverridingState implements CompiledState {
  readonly base: CompiledState;
  readonly #state: CompiledState;
  readonly #overrides: Overrides;
  readonly #attachments = new Map<string, string | undefined>();
  #types: ReadonlyMap<string, FlagType> | undefined;

  constructor(state: CompiledState, overrides: Overrides) {
    this.base = state.base ?? state;
    this.#state = state;
    this.#overrides = overrides;
  }

  get digest(): string | undefined {
    return this.#state.digest;
  }

  evaluateVariant(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
  ): VariantEvaluationResponse {
    const override = this.#overrides.of(flagKey, entityId, context);
    return this.#variantBy(override, flagKey, at) ??
      this.#state.evaluateVariant(flagKey, entityId, context, at);
  }

  evaluateBoolean(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
  ): BooleanEvaluationResponse {
    const override = this.#overrides.of(flagKey, entityId, context);
    return this.#booleanBy(override, flagKey, at) ??
      this.#state.evaluateBoolean(flagKey, entityId, context, at);
  }

  evaluate(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
  ): EvaluationResponse | undefined {
    const override = this.#overrides.of(flagKey, entityId, context);
    if (override === undefined) return this.#state.evaluate(flagKey, entityId, context, at);
    if ((this.#typeOf(flagKey) ?? typeOf(override)) === "BOOLEAN_FLAG_TYPE") {
      const response = this.#booleanBy(override, flagKey, at);
      if (response !== undefined) return booleanEntry(response);
    } else {
      const response = this.#variantBy(override, flagKey, at);
      if (response !== undefined) return variantEntry(response);
    }
    return this.#state.evaluate(flagKey, entityId, context, at);
  }

  /** The answer by an override; `undefined` without one that answers with a boolean. */
  #booleanBy(
    override: FlagOverride | undefined,
    flagKey: string,
    at: number | undefined,
  ): BooleanEvaluationResponse | undefined {
    if (typeof override === "boolean") return boolean(flagKey, override, at);
    if (override !== undefined) {
      this.#overrides.ignored(flagKey, "is a variant, and the flag was asked for a boolean");
    }
    return undefined;
  }

  /** The answer by an override; `undefined` without one that answers with a variant. */
  #variantBy(
    override: FlagOverride | undefined,
    flagKey: string,
    at: number | undefined,
  ): VariantEvaluationResponse | undefined {
    if (typeof override === "boolean") {
      this.#overrides.ignored(flagKey, "is a boolean, and the flag was asked for a variant");
      return undefined;
    }
    return override === undefined ? undefined : this.#variant(flagKey, override, at);
  }

  /** The flags, and those that there are by an override only. */
  listFlags(): Flag[] {
    const flags = this.#state.listFlags();
    const keys = new Set(flags.map(({ key }) => key));
    for (const [key, override] of this.#overrides.known) {
      if (!keys.has(key)) flags.push({ key, enabled: override !== false, type: typeOf(override) });
    }
    return flags;
  }

  snapshot(): string {
    return this.#state.snapshot();
  }

  changedFlags(previous: CompiledState): string[] {
    return this.#state.changedFlags(previous);
  }

  flagDefinition(flagKey: string): DocumentFlag | undefined {
    return this.#state.flagDefinition?.(flagKey);
  }

  /** The state is released by its owner. */
  release(): void {}

  #typeOf(flagKey: string): FlagType | undefined {
    try {
      this.#types ??= new Map(this.#state.listFlags().map(({ key, type }) => [key, type]));
    } catch {
      // There is no state that answers: what the override is decides.
    }
    return this.#types?.get(flagKey);
  }

  #variant(
    flagKey: string,
    override: Exclude<FlagOverride, boolean>,
    at: number = Date.now(),
  ): VariantEvaluationResponse {
    const { variant, attachment } = typeof override === "string" ? { variant: override } : override;
    const text = attachment === undefined
      ? this.#attachmentOf(flagKey, variant)
      : JSON.stringify(attachment) as string | undefined;
    const isMatch = variant !== "";
    const reason = isMatch ? MATCHED : "UNKNOWN_EVALUATION_REASON";
    return noteOverridden(
      variantAnswer(flagKey, isMatch, [], reason, variant, text, 0, timestamp(at)),
    );
  }

  /** The attachment that a variant of the flag has, kept for the state: finding it takes a while. */
  #attachmentOf(flagKey: string, variant: string): string | undefined {
    const id = JSON.stringify([flagKey, variant]);
    if (!this.#attachments.has(id)) {
      const { rules, defaultVariant } = this.base.flagDefinition?.(flagKey) ?? {};
      const found = (rules ?? []).flatMap(({ distributions }) => distributions)
        .find(({ variantKey }) => variantKey === variant)?.variantAttachment;
      const text = found ?? (defaultVariant?.key === variant ? defaultVariant.attachment : undefined);
      this.#attachments.set(id, text ?? undefined);
    }
    return this.#attachments.get(id);
  }
}

function boolean(flagKey: string, enabled: boolean, at: number = Date.now()): BooleanEvaluationResponse {
  return noteOverridden(booleanAnswer(flagKey, enabled, [], MATCHED, 0, timestamp(at)));
}

function typeOf(override: FlagOverride): FlagType {
  return typeof override === "boolean" ? "BOOLEAN_FLAG_TYPE" : "VARIANT_FLAG_TYPE";
}
