// Reading an environment variable without ever prompting for the permission to.

import { denoGlobal, nodeProcess } from "./runtime.ts";

/**
 * Reads an environment variable. On Deno one that may not be read counts as not set, and nobody is prompted.
 * @returns its value; `undefined` when it is not set, empty, or not to be had.
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
