// The compiled state: flags by key, compiled when they are first asked for.

import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  Flag,
  FlagType,
  VariantEvaluationResponse,
} from "../../src/types.ts";
import type { DocumentFlag, FlagDocument } from "../document.ts";
import type { CompiledState } from "../engine.ts";
import { allKeys, contentNumber, differingKeys } from "../flag_content.ts";
import { notABooleanFlag, notAVariantFlag, released, unknownFlag } from "../messages.ts";
import { encodeSnapshot } from "../snapshot.ts";
import { timestamp } from "../timestamp.ts";
import { CRC_START, crcFinish, crcUpdate } from "./crc32.ts";
import { chooseVariant } from "./distribution.ts";
import {
  type BooleanFlag,
  compileBooleanFlag,
  compileVariantFlag,
  isBoolean,
  type Rollout,
  type Rule,
  type VariantFlag,
} from "./flag.ts";
import { matchedKeys } from "./segment.ts";

/** A document as the portable engine evaluates it. */
export class PortableState implements CompiledState {
  readonly digest: string | undefined;
  readonly #namespace: string;
  readonly #flags = new Map<string, DocumentFlag>();
  readonly #variantFlags = new Map<string, VariantFlag>();
  readonly #booleanFlags = new Map<string, BooleanFlag>();
  #document: FlagDocument | undefined;

  /** Takes a valid document; `namespace` is the one that was asked for. */
  constructor(document: FlagDocument, namespace: string) {
    this.digest = typeof document.digest === "string" ? document.digest : undefined;
    this.#namespace = namespace;
    this.#document = document;
    // A document of another namespace holds no flag of this one.
    if (document.namespace.key !== namespace) return;
    for (const flag of document.flags) this.#flags.set(flag.key, flag);
  }

  flagType(flagKey: string): FlagType | undefined {
    const flag = this.#flags.get(flagKey) ?? this.#flags.get(flagKey.toWellFormed());
    return flag && (isBoolean(flag) ? "BOOLEAN_FLAG_TYPE" : "VARIANT_FLAG_TYPE");
  }

  evaluateVariant(flagKey: string, entityId: string, context: EvaluationContext): VariantEvaluationResponse {
    const start = Date.now();
    const flag = this.#variantFlags.get(flagKey) ?? this.#variantFlag(flagKey);
    const evaluation = ++flag.evaluations;
    const { rules } = flag;
    let reason = flag.reason;
    let variant = flag.fallback;
    let segmentKeys: string[] | undefined;
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i] as Rule;
      segmentKeys = matchedKeys(rule.group, entityId, context, evaluation);
      if (segmentKeys === undefined) continue;
      reason = "MATCH_EVALUATION_REASON";
      if (rule.distributions !== undefined) {
        variant = chooseVariant(rule.distributions, crcFinish(crcUpdate(flag.crc, entityId)));
      }
      break;
    }
    const match = segmentKeys !== undefined;
    segmentKeys ??= [];
    const { key, attachment } = variant;
    // Reading the clock costs a third of an evaluation: a second time only where it can tell.
    const end = flag.slow ? Date.now() : start;
    // Two literals, so that an answer without an attachment has no such member at all.
    return attachment === undefined
      ? {
        match,
        segmentKeys,
        reason,
        flagKey: flag.key,
        variantKey: key,
        requestDurationMillis: end - start,
        timestamp: timestamp(end),
      }
      : {
        match,
        segmentKeys,
        reason,
        flagKey: flag.key,
        variantKey: key,
        variantAttachment: attachment,
        requestDurationMillis: end - start,
        timestamp: timestamp(end),
      };
  }

  evaluateBoolean(flagKey: string, entityId: string, context: EvaluationContext): BooleanEvaluationResponse {
    const start = Date.now();
    const flag = this.#booleanFlags.get(flagKey) ?? this.#booleanFlag(flagKey);
    const evaluation = ++flag.evaluations;
    const { rollouts } = flag;
    let { enabled, reason } = flag;
    let segmentKeys: string[] | undefined;
    let bucket = -1;
    for (let i = 0; i < rollouts.length; i++) {
      const { group, percentage, value } = rollouts[i] as Rollout;
      if (group === undefined) {
        if (bucket < 0) bucket = crcFinish(crcUpdate(crcUpdate(CRC_START, entityId), flag.key)) % 100;
        if (!(bucket < percentage)) continue;
      } else {
        segmentKeys = matchedKeys(group, entityId, context, evaluation);
        if (segmentKeys === undefined) continue;
      }
      enabled = value;
      reason = "MATCH_EVALUATION_REASON";
      break;
    }
    segmentKeys ??= [];
    const end = flag.slow ? Date.now() : start;
    return {
      enabled,
      flagKey: flag.key,
      reason,
      requestDurationMillis: end - start,
      timestamp: timestamp(end),
      segmentKeys,
    };
  }

  listFlags(): Flag[] {
    this.#live();
    return Array.from(this.#flags.values(), listed);
  }

  snapshot(): string {
    return encodeSnapshot(this.#live(), this.#namespace);
  }

  changedFlags(previous: CompiledState): string[] {
    if (!(previous instanceof PortableState)) return allKeys(this, previous);
    return differingKeys(
      this.#flags,
      previous.#flags,
      (flag, before) => contentNumber(flag) === contentNumber(before),
    );
  }

  release(): void {
    this.#document = undefined;
    this.#flags.clear();
    this.#variantFlags.clear();
    this.#booleanFlags.clear();
  }

  #live(): FlagDocument {
    if (this.#document === undefined) throw released();
    return this.#document;
  }

  #find(flagKey: string): DocumentFlag {
    this.#live();
    const flag = this.#flags.get(flagKey);
    if (flag === undefined) throw unknownFlag(this.#namespace, flagKey);
    return flag;
  }

  #variantFlag(requested: string): VariantFlag {
    const flagKey = requested.toWellFormed();
    const source = this.#find(flagKey);
    if (isBoolean(source)) throw notAVariantFlag(flagKey);
    const compiled = this.#variantFlags.get(flagKey) ?? compileVariantFlag(source);
    this.#variantFlags.set(flagKey, compiled);
    return compiled;
  }

  #booleanFlag(requested: string): BooleanFlag {
    const flagKey = requested.toWellFormed();
    const source = this.#find(flagKey);
    if (!isBoolean(source)) throw notABooleanFlag(flagKey);
    const compiled = this.#booleanFlags.get(flagKey) ?? compileBooleanFlag(source);
    this.#booleanFlags.set(flagKey, compiled);
    return compiled;
  }
}

function listed(source: DocumentFlag): Flag {
  const flag: Flag = {
    key: source.key,
    enabled: source.enabled,
    type: isBoolean(source) ? "BOOLEAN_FLAG_TYPE" : "VARIANT_FLAG_TYPE",
  };
  if (typeof source.description === "string") flag.description = source.description;
  const variant = source.defaultVariant;
  if (variant) {
    flag.defaultVariant = { id: variant.id, key: variant.key };
    if (typeof variant.attachment === "string") {
      flag.defaultVariant = { ...flag.defaultVariant, attachment: variant.attachment };
    }
  }
  return flag;
}
