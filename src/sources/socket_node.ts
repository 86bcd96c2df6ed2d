// HTTP over a Unix socket, by node:http, which Deno, Bun and Node have in common. Loaded only where the option `url` names
// a socket.

import { throwIfAborted } from "../../core/abortable.ts";
import { ValidationError } from "../../core/errors.ts";
import { builtin } from "../../ffi/builtin_node.ts";
import { ensureFilePermission } from "../../ffi/permissions_deno.ts";
import { exchange, type ExchangeModules } from "./exchange_node.ts";
import type { Fetch } from "./fetch.ts";

/**
 * Makes a fetch for URLs such as `unix:/run/flipt.sock:/path`.
 * @param base What the URLs start with: `unix:/run/flipt.sock:`.
 * @throws {ValidationError} (rejects) when Deno would have to ask for permission.
 */
export async function socketFetch(base: string): Promise<Fetch> {
  const socketPath = decodeURI(base.slice("unix:".length, -1));
  try {
    await ensureFilePermission("read", socketPath);
    await ensureFilePermission("write", socketPath);
  } catch (cause) {
    throw new ValidationError(
      `the option url is a socket, for which Deno needs --allow-net=unix:${socketPath}, --allow-read=${socketPath} ` +
        `and --allow-write=${socketPath}`,
      { cause },
    );
  }
  const { Agent, request } = await builtin("node:http");
  const modules: ExchangeModules = { stream: await builtin("node:stream"), zlib: await builtin("node:zlib") };
  // A connection to the same host costs next to nothing.
  const agent = new Agent({ keepAlive: false });
  return async (url, { headers, signal, body }) => {
    throwIfAborted(signal);
    // What is asked came out of a URL object, which may have written the path of the socket differently.
    const path = url.slice(url.lastIndexOf(":/") + 1);
    return await exchange(
      modules,
      (outgoing) =>
        request({
          agent,
          socketPath,
          path,
          ...outgoing,
          headers: { host: "localhost", ...outgoing.headers },
        }),
      { url, headers, body, signal },
    );
  };
}
