// What makes the requests where the option `tls` is given. Where it is not, nothing of it is loaded.

import type { Fetch } from "./fetch.ts";
import type { TlsOptions } from "../options/tls.ts";

/** Makes requests as the option says; `undefined` without it. */
export async function tlsFetch(tls: TlsOptions | undefined): Promise<Fetch | undefined> {
  if (tls === undefined) return undefined;
  const { httpsFetch } = await import("./https_node.ts");
  return await httpsFetch(tls);
}
