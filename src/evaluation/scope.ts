// The flags of one request: one entity, one context, one flag state, and each flag answered once.

import type { EvaluationContext } from "../../core/types.ts";
import type { CompiledState } from "../../engines/engine.ts";
import { leaseFor } from "../../engines/leases.ts";
import {
  checkDefault,
  checkedOptions,
  detailsOf,
  type DetailsOptions,
  type EvaluationDetails,
  type ValueOptions,
  type Wanted,
  wantedBy,
} from "./details.ts";
import { type AllAnswers, evaluateAll, type EvaluateAllOptions } from "./evaluate_all.ts";
import { ValidationError } from "../../core/errors.ts";
import { attachedParts, keepParts } from "./client_parts.ts";
import { checkKey } from "./evaluation_input.ts";
import { Attachments } from "./attachments.ts";
import type { ScopeOverrides } from "./overrides.ts";
import { type Evaluated, evaluated, type SafeEvaluationParts, SafeEvaluations } from "./safe_evaluations.ts";
import type {
  AnyFlags,
  BooleanFlagKey,
  FlagKey,
  FlagTypes,
  VariantFlagKey,
  VariantKey,
} from "./typed_flags.ts";

/**
 * The flags of one request. All answers come from the flag state that the client had when the scope was created, so
 * that an update in the middle cannot show half a rollout; evaluating a flag again returns the same answer. Its calls
 * never throw because of a server, a flag or user data. Created by `client.for(entityId, context)`.
 */
export class Scope<out Flags extends FlagTypes<Flags> = AnyFlags> {
  /** The entity. */
  readonly entityId: string;
  /** What constraints compare. */
  readonly context: EvaluationContext;
  readonly #parts: SafeEvaluationParts;
  readonly #view: SafeEvaluations;
  readonly #known: Partial<Record<Wanted, Map<string, Evaluated>>> = {};
  readonly #used = new Map<string, EvaluationDetails>();
  readonly #end: () => void;

  /** Takes the state that the client has now. @internal */
  constructor(
    parts: SafeEvaluationParts,
    entityId: string,
    context: EvaluationContext | null | undefined,
    overrides?: ScopeOverrides,
  ) {
    if (typeof entityId !== "string") checkKey("entityId", entityId);
    if (overrides && typeof overrides.before !== "function") {
      throw new ValidationError("the overrides of for() must come from overrideFlags()");
    }
    this.entityId = entityId;
    this.context = context ?? {};
    const { holder } = parts;
    const answering = (): CompiledState =>
      (overrides?.before(holder.answering) ?? holder.answering) as CompiledState;
    let state: CompiledState | undefined = answering();
    const end = leaseFor(this, state.base ?? state);
    this.#end = () => {
      state = undefined;
      end();
    };
    // What is asked for when the request is over is answered from the state of that time.
    this.#parts = {
      ...parts,
      // The values of other requests are kept for the state without these overrides.
      attachments: overrides === undefined ? parts.attachments : new Attachments(),
      holder: {
        get answering(): CompiledState {
          return state ?? answering();
        },
        hasState: parts.holder.hasState,
      },
    };
    this.#view = new SafeEvaluations(this.#parts);
    keepParts(this, { scope: this });
  }

  /** The digest of the flag state, where the server gives one. */
  get digest(): string | undefined {
    return Scope.#self(this, "digest").#parts.holder.answering.digest;
  }

  /** Returns whether a boolean flag is on, or the default, as `client.isEnabled`. */
  isEnabled<Key extends BooleanFlagKey<Flags>>(flagKey: Key, defaultValue?: boolean): boolean {
    return Scope.#self(this, "isEnabled").#ask("isEnabled", flagKey, { default: defaultValue })
      .value as boolean;
  }

  /** Returns the key of a flag's variant, or the default, as `client.variant`. */
  variant<Key extends VariantFlagKey<Flags>, Default extends VariantKey<Flags, Key> = VariantKey<Flags, Key>>(
    flagKey: Key,
    defaultValue?: Default,
  ): Exclude<VariantKey<Flags, Key>, ""> | Default;
  variant(flagKey: string, defaultValue?: string): string {
    return Scope.#self(this, "variant").#ask("variant", flagKey, { default: defaultValue }).value as string;
  }

  /** Returns the attachment of a flag's variant, or the default, as `client.value`. */
  value<Value, Key extends VariantFlagKey<Flags> = VariantFlagKey<Flags>>(
    flagKey: Key,
    options: ValueOptions<Value> & { readonly default: Value },
  ): Value;
  /** Returns the attachment of a flag's variant; without a default of the call, `undefined` if there is none. */
  value<Value = unknown, Key extends VariantFlagKey<Flags> = VariantFlagKey<Flags>>(
    flagKey: Key,
    options?: ValueOptions<Value>,
  ): Value | undefined;
  value(flagKey: string, options?: ValueOptions<unknown> | null): unknown {
    return Scope.#self(this, "value").#ask("value", flagKey, checkedOptions("value", options)).value;
  }

  /** Returns the answer of a flag of either type, and why, as `client.details`. */
  details<Value>(
    flagKey: FlagKey<Flags>,
    options: DetailsOptions<Value> & { readonly default: Value },
  ): EvaluationDetails<Value>;
  /** What a flag of either type answers, and why. */
  details<Value = unknown>(
    flagKey: FlagKey<Flags>,
    options?: DetailsOptions<Value>,
  ): EvaluationDetails<Value | undefined>;
  details(flagKey: string, options?: DetailsOptions<unknown> | null): EvaluationDetails {
    const self = Scope.#self(this, "details");
    const checked = checkedOptions("details", options);
    const wanted = wantedBy(checked.default ?? self.#parts.defaults[flagKey], checked.schema);
    return self.#ask(wanted, flagKey, checked);
  }

  /** Returns the answers of all flags, as `client.evaluateAll`. They do not count as used. */
  evaluateAll<Key extends FlagKey<Flags>>(options?: EvaluateAllOptions<Key>): AllAnswers<Key>;
  evaluateAll(options?: EvaluateAllOptions | null): AllAnswers {
    const self = Scope.#self(this, "evaluateAll");
    return evaluateAll(self.#parts, self.entityId, self.context, options);
  }

  /** Returns the flags evaluated so far, with their last answers: for a log line, a span or a page. */
  used(): Readonly<Record<string, EvaluationDetails>> {
    return Object.fromEntries(Scope.#self(this, "used").#used);
  }

  /** Releases the flag state: the request is over. Idempotent. */
  [Symbol.dispose](): void {
    Scope.#self(this, "[Symbol.dispose]").#end();
  }

  /** The scope that a method is called on, also through a Proxy of it. @throws {ValidationError} without one. */
  static #self<Flags extends FlagTypes<Flags>>(scope: Scope<Flags>, method: string): Scope<Flags> {
    if (scope && #parts in scope) return scope;
    return attachedParts<{ readonly scope: Scope<Flags> }>(scope, method, "scope").scope;
  }

  #ask(wanted: Wanted, flagKey: string, options: DetailsOptions<unknown>): EvaluationDetails {
    checkDefault(wanted, options.default);
    const known = this.#known[wanted] ??= new Map<string, Evaluated>();
    const request = { flagKey, entityId: this.entityId, context: this.context };
    let answer = known.get(flagKey);
    if (answer === undefined) known.set(flagKey, answer = evaluated(this.#view, wanted, request));
    const details = detailsOf(
      this.#view,
      wanted,
      request,
      undefined,
      undefined,
      options,
      answer.response,
      answer.problem,
    );
    this.#used.set(flagKey, details);
    return details;
  }
}
