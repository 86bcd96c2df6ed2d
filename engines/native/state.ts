// A compiled state inside the library, as this thread evaluates it.

import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationResponse,
  Flag,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import { contextText } from "../rules/context.ts";
import type { DocumentFlag } from "../document.ts";
import type { CompiledState, SharedReading } from "../engine.ts";
import { allKeys } from "../flag_content.ts";
import { notABooleanFlag, notAVariantFlag, released, unknownFlag } from "../messages.ts";
import { answer, answerBoolean, answerVariant } from "../portable/answer.ts";
import { type CompiledFlag, FlagCompiler } from "../portable/flag.ts";
import { booleanAnswer, booleanEntry, variantAnswer, variantEntry } from "../answers.ts";
import { timestamp } from "../timestamp.ts";
import type { Bridge } from "./bridge.ts";
import { runsInScript } from "./small_flags.ts";
import { type LibraryFlag, libraryFlag, type Outcome } from "./library_flag.ts";
import { Code } from "./symbols.ts";

/** How many segments of an open condition the buffer tells of. */
const SHOWN_SEGMENTS = 64;

/** The longest request, in bytes, whose duration need not be measured: no evaluation of it takes a millisecond. */
const QUICK_LENGTH = 8192;

const encoder = new TextEncoder();

/** A state of the native engine. */
export class NativeState implements CompiledState {
  readonly digest: string | undefined;
  readonly #bridge: Bridge;
  readonly #evaluate: Bridge["call"]["flipt_ffi_evaluate"];
  readonly #handle: number;
  readonly #namespace: string;
  readonly #flags: Map<string, CompiledFlag | LibraryFlag> = new Map();
  readonly #texts: Map<string, string> = new Map();
  readonly #clock: () => number;
  readonly #smallInScript: boolean;
  #compiler = new FlagCompiler();
  #isReleased = false;
  /** When the last evaluation was, in milliseconds since 1970, and how many milliseconds it took. */
  #now = 0;
  #duration = 0;

  /**
   * Takes over the state that the library knows by `handle` on this thread.
   * @param smallInScript Whether small flags are evaluated in JavaScript.
   */
  constructor(bridge: Bridge, handle: number, namespace: string, smallInScript = true) {
    this.#smallInScript = smallInScript;
    this.#bridge = bridge;
    this.#evaluate = bridge.call.flipt_ffi_evaluate;
    this.#clock = bridge.now;
    this.#handle = handle;
    this.#namespace = namespace;
    const described = JSON.parse(bridge.text(bridge.call.flipt_ffi_state_describe(handle)));
    this.digest = described.digest ?? undefined;
  }

  evaluateVariant(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
  ): VariantEvaluationResponse {
    const flag = this.#flags.get(flagKey) ?? this.#known(flagKey);
    if (flag.type !== "VARIANT_FLAG_TYPE") throw notAVariantFlag(flag.key);
    if (flag.layout !== undefined) return answerVariant(flag, entityId, context, this.#clock, at);
    const outcome = this.#outcome(flag, entityId, context);
    const { match, reason, variantKey, variantAttachment } = outcome;
    return variantAnswer(
      flag.key,
      match,
      this.#segmentKeys(outcome),
      reason,
      variantKey,
      variantAttachment,
      this.#duration,
      timestamp(this.#now),
    );
  }

  evaluateBoolean(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
  ): BooleanEvaluationResponse {
    const flag = this.#flags.get(flagKey) ?? this.#known(flagKey);
    if (flag.type !== "BOOLEAN_FLAG_TYPE") throw notABooleanFlag(flag.key);
    if (flag.layout !== undefined) return answerBoolean(flag, entityId, context, this.#clock, at);
    const outcome = this.#outcome(flag, entityId, context);
    return booleanAnswer(
      flag.key,
      outcome.enabled,
      this.#segmentKeys(outcome),
      outcome.reason,
      this.#duration,
      timestamp(this.#now),
    );
  }

  evaluate(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
    shared?: SharedReading,
  ): EvaluationResponse | undefined {
    const flag = this.#flags.get(flagKey) ?? this.#find(flagKey);
    if (flag?.layout !== undefined) return answer(flag, entityId, context, this.#clock, at, shared);
    switch (flag?.type) {
      case "VARIANT_FLAG_TYPE":
        return variantEntry(this.evaluateVariant(flagKey, entityId, context, at));
      case "BOOLEAN_FLAG_TYPE":
        return booleanEntry(this.evaluateBoolean(flagKey, entityId, context, at));
    }
    return undefined;
  }

  now(): number {
    return this.#clock();
  }

  listFlags(): Flag[] {
    this.#mustBeHeld();
    return JSON.parse(this.#bridge.text(this.#bridge.call.flipt_ffi_state_flags(this.#handle)));
  }

  snapshot(): string {
    this.#mustBeHeld();
    return this.#bridge.text(this.#bridge.call.flipt_ffi_state_snapshot(this.#handle));
  }

  changedFlags(previous: CompiledState): string[] {
    this.#mustBeHeld();
    if (!(previous instanceof NativeState) || previous.#bridge !== this.#bridge || previous.#isReleased) {
      return allKeys(this, previous);
    }
    return JSON.parse(
      this.#bridge.text(this.#bridge.call.flipt_ffi_state_changed(this.#handle, previous.#handle)),
    );
  }

  flagDefinition(flagKey: string): DocumentFlag | undefined {
    this.#mustBeHeld();
    const place = this.#placeOf(flagKey);
    return place === undefined ? undefined : this.#definition(place);
  }

  /** Opens a channel through which other threads follow this state and those published later; its number. */
  openChannel(): number {
    this.#mustBeHeld();
    return this.#bridge.check(this.#bridge.call.flipt_ffi_channel_open(this.#handle));
  }

  /** Makes this the state that a channel's followers see. */
  publish(channel: number): void {
    this.#mustBeHeld();
    this.#bridge.check(this.#bridge.call.flipt_ffi_channel_publish(channel, this.#handle));
  }

  /** Whether the channel that this state came from still has it. */
  isCurrent(): boolean {
    if (this.#isReleased) return false;
    this.#bridge.requests++;
    this.#bridge.words[0] = this.#handle;
    return this.#bridge.call.flipt_ffi_state_check() === 0;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#flags.clear();
    this.#compiler = new FlagCompiler();
    this.#texts.clear();
    this.#bridge.call.flipt_ffi_state_release(this.#handle);
  }

  #mustBeHeld(): void {
    if (this.#isReleased) throw released();
  }

  #known(flagKey: string): CompiledFlag | LibraryFlag {
    const flag = this.#find(flagKey);
    if (flag === undefined) throw unknownFlag(this.#namespace, flagKey.toWellFormed());
    return flag;
  }

  /** A flag, made ready when it is first asked for; `undefined` for an unknown key. */
  #find(requested: string): CompiledFlag | LibraryFlag | undefined {
    this.#mustBeHeld();
    const place = this.#placeOf(requested);
    if (place === undefined) return undefined;
    // Many malformed keys can mean one flag; only the flag's own key is worth a place.
    const flagKey = requested.toWellFormed();
    const flag = this.#flags.get(flagKey) ?? this.#readied(flagKey, place);
    this.#flags.set(flagKey, flag);
    return flag;
  }

  #readied(flagKey: string, place: number): CompiledFlag | LibraryFlag {
    const bridge = this.#bridge;
    if (this.#smallInScript && runsInScript(bridge, this.#handle, place)) {
      return this.#compiler.compile(this.#definition(place));
    }
    const description = bridge.text(bridge.call.flipt_ffi_flag_describe(this.#handle, place));
    return libraryFlag(place, flagKey, description, this.#texts);
  }

  #definition(place: number): DocumentFlag {
    const bridge = this.#bridge;
    return JSON.parse(bridge.text(bridge.call.flipt_ffi_flag_definition(this.#handle, place)));
  }

  /** At which place the library has a flag; `undefined` for an unknown key. */
  #placeOf(flagKey: string): number | undefined {
    const bridge = this.#bridge;
    bridge.requests++;
    const length = bridge.write(flagKey, 0);
    let place: number;
    if (length >= 0) place = bridge.call.flipt_ffi_flag_find(this.#handle, length);
    else {
      bridge.stage(encoder.encode(flagKey));
      place = bridge.call.flipt_ffi_flag_find_staged(this.#handle);
    }
    return place === Code.notFound ? undefined : bridge.check(place);
  }

  /**
   * Which answer a request has. The request is the state's handle, the flag's index, the ends of its strings, and then
   * the strings themselves, of which the entity's id is the first.
   */
  #outcome(flag: LibraryFlag, entityId: string, context: EvaluationContext): Outcome {
    this.#duration = 0;
    const bridge = this.#bridge;
    const words = bridge.words;
    const properties = flag.properties;
    const request = ++bridge.requests;
    let at = bridge.write(entityId, (properties.length + 3) * 4);
    words[0] = this.#handle;
    words[1] = flag.flag;
    words[2] = at;
    for (let i = 0; i < properties.length; i++) {
      const text = contextText(context, properties[i] as string);
      if (at >= 0 && text !== "") at = bridge.write(text, at);
      words[i + 3] = at;
    }
    let code: number;
    // A getter of the context can evaluate, too, and would have written over this request.
    if (at < 0 || bridge.requests !== request) code = this.#evaluateStaged(flag, entityId, context);
    else if (flag.quick && at <= QUICK_LENGTH) code = this.#evaluate();
    else code = this.#evaluateTimed();
    if (code >= Code.first) this.#fail(code);
    this.#now = bridge.times[0] as number;
    return flag.outcomes[code] as Outcome;
  }

  #evaluateTimed(): number {
    const start = Date.now();
    const code = this.#evaluate();
    this.#duration = Date.now() - start;
    return code;
  }

  #evaluateStaged(flag: LibraryFlag, entityId: string, context: EvaluationContext): number {
    const start = Date.now();
    const texts = [entityId];
    for (const property of flag.properties) texts.push(contextText(context, property));
    const parts = texts.map((text) => encoder.encode(text));
    const head = new Uint32Array(parts.length + 2);
    head[0] = this.#handle;
    head[1] = flag.flag;
    let end = head.byteLength;
    parts.forEach((part, place) => head[place + 2] = end += part.length);
    const whole = new Uint8Array(end);
    whole.set(new Uint8Array(head.buffer));
    parts.forEach((part, place) => whole.set(part, (head[place + 2] as number) - part.length));
    this.#bridge.requests++;
    this.#bridge.stage(whole);
    const code = this.#bridge.call.flipt_ffi_evaluate_staged();
    this.#duration = Date.now() - start;
    return code;
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
