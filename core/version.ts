// The version of this package, as it goes into the User-Agent. The same as in deno.json.

/** The version of this package. */
export const version: string = "0.1.0";
