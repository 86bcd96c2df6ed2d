// A compiled state inside the library, as this thread evaluates it.

import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  Flag,
  FlagType,
  VariantEvaluationResponse,
} from "../../src/types.ts";
import { contextText } from "../context.ts";
import type { CompiledState } from "../engine.ts";
import { notABooleanFlag, notAVariantFlag, released, unknownFlag } from "../messages.ts";
import { timestamp } from "../timestamp.ts";
import type { Bridge } from "./bridge.ts";
import { type Outcome, type Plan, planOf } from "./plan.ts";
import { Code } from "./symbols.ts";

/** How many segments of an open condition the buffer tells of. */
const SHOWN_SEGMENTS = 64;

const encoder = new TextEncoder();

/** A state of the native engine. */
export class NativeState implements CompiledState {
  readonly digest: string | undefined;
  readonly #bridge: Bridge;
  readonly #evaluate: Bridge["call"]["flipt_ffi_evaluate"];
  readonly #handle: number;
  readonly #namespace: string;
  readonly #plans: Map<string, Plan> = new Map();
  #isReleased = false;

  /** Takes over the state that the library knows by `handle` on this thread. */
  constructor(bridge: Bridge, handle: number, namespace: string) {
    this.#bridge = bridge;
    this.#evaluate = bridge.call.flipt_ffi_evaluate;
    this.#handle = handle;
    this.#namespace = namespace;
    const described = JSON.parse(bridge.text(bridge.call.flipt_ffi_state_describe(handle)));
    this.digest = described.digest ?? undefined;
  }

  flagType(flagKey: string): FlagType | undefined {
    return this.#plan(flagKey)?.type;
  }

  evaluateVariant(flagKey: string, entityId: string, context: EvaluationContext): VariantEvaluationResponse {
    const start = Date.now();
    const plan = this.#plans.get(flagKey) ?? this.#plan(flagKey);
    if (plan === undefined) throw unknownFlag(this.#namespace, flagKey.toWellFormed());
    if (plan.type !== "VARIANT_FLAG_TYPE") throw notAVariantFlag(plan.key);
    const outcome = this.#outcome(plan, entityId, context);
    const segmentKeys = this.#segmentKeys(outcome);
    const now = Date.now();
    if (outcome.variantAttachment === undefined) {
      return {
        match: outcome.match,
        segmentKeys,
        reason: outcome.reason,
        flagKey: plan.key,
        variantKey: outcome.variantKey,
        requestDurationMillis: now - start,
        timestamp: timestamp(now),
      };
    }
    return {
      match: outcome.match,
      segmentKeys,
      reason: outcome.reason,
      flagKey: plan.key,
      variantKey: outcome.variantKey,
      variantAttachment: outcome.variantAttachment,
      requestDurationMillis: now - start,
      timestamp: timestamp(now),
    };
  }

  evaluateBoolean(flagKey: string, entityId: string, context: EvaluationContext): BooleanEvaluationResponse {
    const start = Date.now();
    const plan = this.#plans.get(flagKey) ?? this.#plan(flagKey);
    if (plan === undefined) throw unknownFlag(this.#namespace, flagKey.toWellFormed());
    if (plan.type !== "BOOLEAN_FLAG_TYPE") throw notABooleanFlag(plan.key);
    const outcome = this.#outcome(plan, entityId, context);
    const segmentKeys = this.#segmentKeys(outcome);
    const now = Date.now();
    return {
      enabled: outcome.enabled,
      flagKey: plan.key,
      reason: outcome.reason,
      requestDurationMillis: now - start,
      timestamp: timestamp(now),
      segmentKeys,
    };
  }

  listFlags(): Flag[] {
    this.#mustBeHeld();
    return JSON.parse(this.#bridge.text(this.#bridge.call.flipt_ffi_state_flags(this.#handle)));
  }

  snapshot(): string {
    this.#mustBeHeld();
    return this.#bridge.text(this.#bridge.call.flipt_ffi_state_snapshot(this.#handle));
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#plans.clear();
    this.#bridge.call.flipt_ffi_state_release(this.#handle);
  }

  #mustBeHeld(): void {
    if (this.#isReleased) throw released();
  }

  /** The plan of a flag, made when the flag is first asked for; `undefined` for an unknown key. */
  #plan(flagKey: string): Plan | undefined {
    this.#mustBeHeld();
    const known = this.#plans.get(flagKey);
    if (known !== undefined) return known;
    const bridge = this.#bridge;
    bridge.requests++;
    const flag = this.#find(flagKey);
    if (flag === Code.notFound) return undefined;
    const description = bridge.text(bridge.call.flipt_ffi_flag_describe(this.#handle, bridge.check(flag)));
    const plan = planOf(flag, flagKey.toWellFormed(), description);
    // Many malformed keys can mean one flag; only the flag's own key is worth a place.
    if (plan.key === flagKey) this.#plans.set(flagKey, plan);
    return plan;
  }

  #find(flagKey: string): number {
    const bridge = this.#bridge;
    const length = bridge.write(flagKey, 0);
    if (length >= 0) return bridge.call.flipt_ffi_flag_find(this.#handle, length);
    bridge.stage(encoder.encode(flagKey));
    return bridge.call.flipt_ffi_flag_find_staged(this.#handle);
  }

  /** Which answer a request has: the request is the ends of its strings, then the strings; the entity's id is first. */
  #outcome(plan: Plan, entityId: string, context: EvaluationContext): Outcome {
    if (plan.constant) return plan.outcomes[0] as Outcome;
    const bridge = this.#bridge;
    const words = bridge.words;
    const properties = plan.properties;
    const request = ++bridge.requests;
    let at = (properties.length + 1) * 4;
    at = bridge.write(entityId, at);
    words[0] = at;
    for (let i = 0; i < properties.length; i++) {
      const text = contextText(context, properties[i] as string);
      if (at >= 0 && text !== "") at = bridge.write(text, at);
      words[i + 1] = at;
    }
    // A getter of the context can evaluate, too, and would have written over this request.
    const code = at < 0 || bridge.requests !== request
      ? this.#evaluateStaged(plan, entityId, context)
      : this.#evaluate(this.#handle, plan.flag);
    if (code >= Code.first) this.#fail(code);
    return plan.outcomes[code] as Outcome;
  }

  #evaluateStaged(plan: Plan, entityId: string, context: EvaluationContext): number {
    const texts = [entityId];
    for (const property of plan.properties) texts.push(contextText(context, property));
    const parts = texts.map((text) => encoder.encode(text));
    const ends = new Uint32Array(parts.length);
    let end = ends.byteLength;
    parts.forEach((part, place) => ends[place] = end += part.length);
    const whole = new Uint8Array(end);
    whole.set(new Uint8Array(ends.buffer));
    parts.forEach((part, place) => whole.set(part, (ends[place] as number) - part.length));
    this.#bridge.requests++;
    this.#bridge.stage(whole);
    return this.#bridge.call.flipt_ffi_evaluate_staged(this.#handle, plan.flag);
  }

  #fail(code: number): never {
    // The context's own code can have closed the client in the middle of the request.
    this.#mustBeHeld();
    this.#bridge.check(code);
    throw released();
  }

  /** A new list for each answer, since users may change it. */
  #segmentKeys(outcome: Outcome): string[] {
    const keys = outcome.segmentKeys;
    if (outcome.open) return this.#openSegmentKeys(keys);
    return keys.length === 1 ? [keys[0] as string] : keys.slice();
  }

  #openSegmentKeys(keys: readonly string[]): string[] {
    const words = this.#bridge.words;
    if (keys.length > SHOWN_SEGMENTS) {
      const bytes = this.#bridge.read(this.#bridge.call.flipt_ffi_matched(keys.length));
      return keys.filter((_, place) => ((bytes[place >> 3] as number) >> (place & 7) & 1) === 1);
    }
    const matched: string[] = [];
    for (let place = 0; place < keys.length; place++) {
      if (((words[place >> 5] as number) >>> (place & 31) & 1) === 1) matched.push(keys[place] as string);
    }
    return matched;
  }
}
