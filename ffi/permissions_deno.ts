// Whether something may be used, asked in a way that never prompts. Only Deno has permissions to ask for here.

import { denoGlobal } from "./runtime.ts";

/**
 * Makes sure that Deno would not prompt for a file.
 * @throws {Error} (rejects) without the permission; the message names the flag that grants it.
 */
export async function ensureFilePermission(use: "read" | "write", path: string): Promise<void> {
  const state = await denoGlobal()?.permissions?.query({ name: use, path });
  if (state !== undefined && state.state !== "granted") {
    throw new Error(`Deno has no permission for it: add --allow-${use}=${path}`);
  }
}

/**
 * Makes sure that `node:tls` of Deno would not prompt for the authorities that are trusted by default.
 * @throws {Error} (rejects) without the permissions; the message names the flags that grant them.
 */
export async function ensureTrustPermission(): Promise<void> {
  const permissions = denoGlobal()?.permissions;
  if (permissions === undefined) return;
  const states = await Promise.all([
    permissions.query({ name: "sys" }),
    permissions.query({ name: "env", variable: "NODE_USE_SYSTEM_CA" }),
  ]);
  if (states.some(({ state }) => state !== "granted")) {
    throw new Error("Deno has no permission for it: add --allow-sys --allow-env=NODE_USE_SYSTEM_CA");
  }
}

/**
 * Makes sure that Deno would not prompt for variables of the environment.
 * @throws {Error} (rejects) without the permissions; the message names the flag that grants them.
 */
export async function ensureEnvironmentPermission(variables: readonly string[]): Promise<void> {
  const permissions = denoGlobal()?.permissions;
  if (permissions === undefined) return;
  const states = await Promise.all(variables.map((variable) => permissions.query({ name: "env", variable })));
  if (states.some(({ state }) => state !== "granted")) {
    throw new Error(`Deno has no permission for it: add --allow-env=${variables.join(",")}`);
  }
}
