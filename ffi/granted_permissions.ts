// What the runtime may do, where it has permissions at all.

import { denoGlobal, nodeProcess } from "./runtime.ts";

/** What the runtime may do, where it has permissions at all. Never prompts. */
export async function grantedPermissions(): Promise<Record<string, string> | undefined> {
  const deno = denoGlobal();
  if (deno !== undefined) {
    const names = ["net", "read", "write", "env", "ffi", "sys", "run"] as const;
    const states = await Promise.all(
      names.map(async (name) => [name, await deno.permissions.query({ name })] as const),
    );
    return Object.fromEntries(
      states.map(([name, { state, partial }]) => [name, partial === true ? `${state} in part` : state]),
    );
  }
  const permission = nodeProcess()?.permission;
  if (permission === undefined) return undefined;
  const names = ["net", "fs.read", "fs.write", "worker", "ffi"];
  return Object.fromEntries(names.map((name) => [name, permission.has(name) ? "granted" : "denied"]));
}
