// What a user can declare of the flags, and what that says of requests and answers: types only, gone at run time.

import type {
  BooleanEvaluationResponse,
  ContextObject,
  EvaluationRequest,
  EvaluationResponse,
  VariantEvaluationResponse,
} from "../../core/types.ts";

/** Declares a boolean flag. */
export interface BooleanFlagDeclaration {
  /** The type of the flag. */
  readonly type: "boolean";
  /** The properties of the context that its constraints use; if absent, any. */
  readonly context?: object;
}

/** Declares a variant flag. */
export interface VariantFlagDeclaration {
  /** The type of the flag. */
  readonly type: "variant";
  /** The keys of its variants, as a union; if absent, any. */
  readonly variants?: string;
  /** The properties of the context that its constraints use; if absent, any. */
  readonly context?: object;
}

/**
 * A declaration of flags: an interface or type with one member per flag, named by the flag's key.
 *
 * @example
 * ```ts ignore
 * interface Flags {
 *   "dark-mode": { type: "boolean" };
 *   banner: { type: "variant"; variants: "winter" | "summer" };
 * }
 * const client = await FliptClient.init<Flags>({ namespace: "shop" });
 * client.evaluateVariant("banner", "user-1").variantKey; // "winter" | "summer" | ""
 * ```
 */
export type FlagTypes<Flags> = {
  readonly [Key in keyof Flags]: BooleanFlagDeclaration | VariantFlagDeclaration;
};

/** Flags without a declaration: any key is allowed. A declaration of any flags is assignable to it. */
export type AnyFlags = object;

/** The keys of the flags; any string if none is declared. */
export type FlagKey<Flags> = [keyof Flags] extends [never] ? string : keyof Flags & string;

/** The keys of the variant flags. */
export type VariantFlagKey<Flags> = [keyof Flags] extends [never] ? string
  : keyof { [Key in keyof Flags as Flags[Key] extends { type: "variant" } ? Key : never]: Key } & string;

/** The keys of the boolean flags. */
export type BooleanFlagKey<Flags> = [keyof Flags] extends [never] ? string
  : keyof { [Key in keyof Flags as Flags[Key] extends { type: "boolean" } ? Key : never]: Key } & string;

/**
 * What is declared of a flag; `never` where nothing is. An indexed access, and in the types below no condition on `Flags`
 * itself: so that a client of more flags can be given to what knows fewer of them, or none.
 */
export type DeclaredFlag<Flags, Key> = Flags[Key & keyof Flags];

/** The keys of a flag's variants, and `""`, which is the answer when no variant applies. */
export type VariantKey<Flags, Key> = [DeclaredFlag<Flags, Key>] extends [never] ? string
  : DeclaredFlag<Flags, Key> extends { variants: infer Variants extends string } ? Variants | ""
  : string;

/** The context that a flag is evaluated with. */
export type ContextOf<Flags, Key> = [DeclaredFlag<Flags, Key>] extends [never] ? ContextObject
  : DeclaredFlag<Flags, Key> extends { context: infer Context } ? Context
  : ContextObject;

/** Defaults by the key of their flag. */
export type FlagDefaults<Flags> = [keyof Flags] extends [never]
  ? Readonly<Record<string, boolean | string | object>>
  : {
    readonly [Key in FlagKey<Flags>]?: Flags[Key & keyof Flags] extends { type: "boolean" } ? boolean
      : Exclude<VariantKey<Flags, Key>, ""> | object;
  };

/** A request for one flag. */
export type RequestOf<Flags, Key extends string> = EvaluationRequest<Key, ContextOf<Flags, Key>>;

/** The answer of a variant flag; for several, one answer per flag. */
export type VariantAnswer<Flags, Key> = Key extends string
  ? [DeclaredFlag<Flags, Key>] extends [never] ? VariantEvaluationResponse
  : DeclaredFlag<Flags, Key> extends { type: "variant" }
    ? VariantEvaluationResponse<VariantKey<Flags, Key>, Key>
  : never
  : never;

/** The answer of a boolean flag; for several, one answer per flag. */
export type BooleanAnswer<Flags, Key> = Key extends string
  ? [DeclaredFlag<Flags, Key>] extends [never] ? BooleanEvaluationResponse
  : DeclaredFlag<Flags, Key> extends { type: "boolean" } ? BooleanEvaluationResponse<Key>
  : never
  : never;

/** A request of a batch: for any flag, with the context of that flag. */
export type BatchRequest<Flags> = [keyof Flags] extends [never] ? EvaluationRequest
  : { [Key in FlagKey<Flags>]: RequestOf<Flags, Key> }[FlagKey<Flags>];

/** An answer of a batch to requests with these keys; its key determines which variants it can have. */
export type BatchAnswer<Flags, Key> = EvaluationResponse<
  VariantAnswer<Flags, Key>,
  BooleanAnswer<Flags, Key>,
  [DeclaredFlag<Flags, Key>] extends [never] ? string : Key & string
>;
