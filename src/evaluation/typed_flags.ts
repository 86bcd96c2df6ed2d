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
  /** The properties of the context that its constraints know; without it, any. */
  readonly context?: object;
}

/** Declares a variant flag. */
export interface VariantFlagDeclaration {
  /** The type of the flag. */
  readonly type: "variant";
  /** The keys of its variants, as a union; without it, any. */
  readonly variants?: string;
  /** The properties of the context that its constraints know; without it, any. */
  readonly context?: object;
}

/**
 * What a declaration of flags has to be: an interface or type with a member a flag, named by the flag's key.
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

/** Flags of which nothing is declared: any key may be asked for. A declaration of any flags is assignable to it. */
export type AnyFlags = object;

/** The keys of the flags; every string where none is declared. */
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

/** The keys of a flag's variants, and `""`, which is the answer when no variant is given. */
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

/** A question to one flag. */
export type RequestOf<Flags, Key extends string> = EvaluationRequest<Key, ContextOf<Flags, Key>>;

/** The answer of a variant flag; of several, one answer a flag. */
export type VariantAnswer<Flags, Key> = Key extends string
  ? [DeclaredFlag<Flags, Key>] extends [never] ? VariantEvaluationResponse
  : DeclaredFlag<Flags, Key> extends { type: "variant" }
    ? VariantEvaluationResponse<VariantKey<Flags, Key>, Key>
  : never
  : never;

/** The answer of a boolean flag; of several, one answer a flag. */
export type BooleanAnswer<Flags, Key> = Key extends string
  ? [DeclaredFlag<Flags, Key>] extends [never] ? BooleanEvaluationResponse
  : DeclaredFlag<Flags, Key> extends { type: "boolean" } ? BooleanEvaluationResponse<Key>
  : never
  : never;

/** A question of a batch: to any flag, with the context that goes with it. */
export type BatchRequest<Flags> = [keyof Flags] extends [never] ? EvaluationRequest
  : { [Key in FlagKey<Flags>]: RequestOf<Flags, Key> }[FlagKey<Flags>];

/** An answer of a batch to questions with these keys; the key in it says which variants it can have. */
export type BatchAnswer<Flags, Key> = EvaluationResponse<
  VariantAnswer<Flags, Key>,
  BooleanAnswer<Flags, Key>,
  [DeclaredFlag<Flags, Key>] extends [never] ? string : Key & string
>;
