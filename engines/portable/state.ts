// The compiled state: flags by key, compiled when they are first asked for.

import type {
  BooleanEvaluationResponse,
  EvaluationContext,
  EvaluationResponse,
  Flag,
  VariantEvaluationResponse,
} from "../../core/types.ts";
import type { DocumentFlag, FlagDocument } from "../document.ts";
import { isBoolean } from "../document.ts";
import type { CompiledState, SharedReading } from "../engine.ts";
import { allKeys, contentOf, differingKeys } from "../flag_content.ts";
import { notABooleanFlag, notAVariantFlag, released, unknownFlag } from "../messages.ts";
import { encodeSnapshot } from "../snapshot.ts";
import { answer, answerBoolean, answerVariant } from "./answer.ts";
import { type CompiledFlag, FlagCompiler } from "./flag.ts";

/** A document as the portable engine evaluates it. */
export class PortableState implements CompiledState {
  readonly digest: string | undefined;
  readonly #namespace: string;
  readonly #flags = new Map<string, DocumentFlag>();
  readonly #compiled = new Map<string, CompiledFlag>();
  #compiler = new FlagCompiler();
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

  evaluateVariant(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
  ): VariantEvaluationResponse {
    const flag = this.#compiled.get(flagKey) ?? this.#known(flagKey);
    if (flag.type !== "VARIANT_FLAG_TYPE") throw notAVariantFlag(flag.key);
    return answerVariant(flag, entityId, context, Date.now, at);
  }

  evaluateBoolean(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
  ): BooleanEvaluationResponse {
    const flag = this.#compiled.get(flagKey) ?? this.#known(flagKey);
    if (flag.type !== "BOOLEAN_FLAG_TYPE") throw notABooleanFlag(flag.key);
    return answerBoolean(flag, entityId, context, Date.now, at);
  }

  evaluate(
    flagKey: string,
    entityId: string,
    context: EvaluationContext,
    at?: number,
    shared?: SharedReading,
  ): EvaluationResponse | undefined {
    const flag = this.#compiled.get(flagKey) ?? this.#find(flagKey);
    return flag && answer(flag, entityId, context, Date.now, at, shared);
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
      (flag, before) => contentOf(flag) === contentOf(before),
    );
  }

  flagDefinition(flagKey: string): DocumentFlag | undefined {
    this.#live();
    return this.#flags.get(flagKey.toWellFormed());
  }

  release(): void {
    this.#document = undefined;
    this.#flags.clear();
    this.#compiled.clear();
    this.#compiler = new FlagCompiler();
  }

  #live(): FlagDocument {
    if (this.#document === undefined) throw released();
    return this.#document;
  }

  #known(flagKey: string): CompiledFlag {
    const flag = this.#find(flagKey);
    if (flag === undefined) throw unknownFlag(this.#namespace, flagKey.toWellFormed());
    return flag;
  }

  /** The flag, compiled if it was not; `undefined` for an unknown key. */
  #find(requested: string): CompiledFlag | undefined {
    this.#live();
    const flagKey = requested.toWellFormed();
    const source = this.#flags.get(flagKey);
    if (source === undefined) return undefined;
    const flag = this.#compiled.get(flagKey) ?? this.#compiler.compile(source);
    this.#compiled.set(flagKey, flag);
    return flag;
  }
}

function listed(source: DocumentFlag): Flag {
  const { key, enabled, description, defaultVariant: variant } = source;
  const flag: Flag = { key, enabled, type: isBoolean(source) ? "BOOLEAN_FLAG_TYPE" : "VARIANT_FLAG_TYPE" };
  if (typeof description === "string") flag.description = description;
  if (variant) {
    const { id, key, attachment } = variant;
    flag.defaultVariant = typeof attachment === "string" ? { id, key, attachment } : { id, key };
  }
  return flag;
}
