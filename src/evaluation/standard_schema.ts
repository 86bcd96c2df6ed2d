// The part of the Standard Schema specification (standardschema.dev) that checking a value needs: types only, so that
// any library that follows it can be used without a dependency on one.

/** A schema of any library that follows Standard Schema 1, such as Zod, Valibot or ArkType. */
export interface StandardSchema<Output = unknown> {
  /** The member that the specification requires. */
  readonly "~standard": {
    /** The version of the specification. */
    readonly version: 1;
    /** The name of the library. */
    readonly vendor: string;
    /** Checks a value. A schema that returns a promise cannot be used: evaluations are synchronous. */
    readonly validate: (
      value: unknown,
    ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>;
    /** The types, for the compiler only. */
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** The result of a schema: its output, or what is wrong with the value. */
export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

/** A problem of a value. */
export interface StandardSchemaIssue {
  /** What it is. */
  readonly message: string;
  /** Where it is. @default the value itself */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
