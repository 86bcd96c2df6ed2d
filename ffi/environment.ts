// Reading an environment variable without ever prompting for the permission to.

import { denoGlobal, nodeProcess } from "./runtime.ts";

/**
 * Reads an environment variable. On Deno one that may not be read counts as not set, and nobody is prompted.
 * @returns its value; `undefined` when it is not set, empty, or may not be read.
 */
export async function environmentVariable(name: string): Promise<string | undefined> {
  const deno = denoGlobal();
  if (deno?.permissions !== undefined) {
    const { state } = await deno.permissions.query({ name: "env", variable: name });
    if (state !== "granted") return undefined;
    return deno.env.get(name) || undefined;
  }
  return nodeProcess()?.env?.[name] || undefined;
}

/**
 * The environment as far as it may be read, without ever prompting: all variables, or those of `names` that Deno lets be
 * read where it does not let all.
 */
export function readableEnvironment(
  names: readonly string[],
): Readonly<Record<string, string | undefined>> {
  const deno = denoGlobal();
  if (deno === undefined) return nodeProcess()?.env ?? {};
  const mayRead = (variable?: string): boolean =>
    deno.permissions.querySync({ name: "env", variable }).state === "granted";
  if (mayRead()) return deno.env.toObject();
  return Object.fromEntries(names.filter((name) => mayRead(name)).map((name) => [name, deno.env.get(name)]));
}
