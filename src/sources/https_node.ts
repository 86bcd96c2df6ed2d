// HTTPS with a trust and an identity of its own, over node:https, which Deno, Bun and Node have in common: their fetch
// has no common way. Loaded only where the option `tls` is given.

import { throwIfAborted } from "../../core/abortable.ts";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { builtin } from "../../ffi/builtin_node.ts";
import { FetchError, ValidationError } from "../../core/errors.ts";
import type { Fetch } from "./fetch.ts";
import { exchange, type ExchangeModules } from "./exchange_node.ts";
import { denoGlobal } from "../../ffi/runtime.ts";
import type { Flow } from "./secured_connection_node.ts";
import { ensureTrustPermission } from "../../ffi/permissions_deno.ts";
import type { TlsOptions } from "../options/tls.ts";
import type { Credentials } from "./tls_credentials_node.ts";
import { readCredentials } from "./tls_credentials_node.ts";

interface Modules extends ExchangeModules {
  readonly https: typeof import("node:https");
}

type Agent = InstanceType<Modules["https"]["Agent"]>;

/** How a request is connected: by an agent, or by a connection that is open already. */
type Connecting = { readonly agent: Agent } | { readonly createConnection: () => TLSSocket };

/**
 * Makes a fetch that secures its connections by the options.
 * @throws {ValidationError} (rejects) when the certificates or the key are not usable.
 */
export async function httpsFetch(options: TlsOptions): Promise<Fetch> {
  const modules: Modules = {
    https: await builtin("node:https"),
    stream: await builtin("node:stream"),
    zlib: await builtin("node:zlib"),
  };
  const agents = new Agents(modules, options);
  const credentials = await readCredentials(options);
  if (credentials.ca === undefined && options.insecureSkipVerify !== true) {
    await ensureTrustPermission().catch((cause: Error) => {
      throw new ValidationError(
        `tls without caCertFile and caCertData trusts what is trusted by default: ${cause.message}`,
        { cause },
      );
    });
  }
  agents.use(credentials);
  return async (url, { headers, signal, body }) => {
    throwIfAborted(signal);
    const { agent, secure } = await agents.current(url);
    throwIfAborted(signal);
    const { proxy } = options;
    let connecting: Connecting = { agent };
    let flow: Flow | undefined;
    if (proxy !== undefined || denoGlobal() !== undefined) {
      const { secureConnection } = await import("./secured_connection_node.ts");
      const connection = await secureConnection(url, secure, proxy, signal);
      connecting = { createConnection: () => connection.socket };
      ({ flow } = connection);
    }
    return await exchange(
      modules,
      (outgoing) => modules.https.request(url, { ...connecting, ...outgoing }),
      { url, headers, body, signal },
      flow,
    );
  };
}

/** How the next connection is made: by the agent, or secured by the same options. */
interface Secured {
  readonly agent: Agent;
  readonly secure: ConnectionOptions;
}

/** Gives the agent for the next connection: a new one when the files have changed. */
class Agents {
  readonly #modules: Modules;
  readonly #options: TlsOptions;
  #credentials: Credentials | undefined;
  #secured: Secured | undefined;

  constructor(modules: Modules, options: TlsOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  use(credentials: Credentials): Secured {
    const { ca, cert, key } = credentials;
    const held = this.#credentials;
    if (this.#secured !== undefined && held?.ca === ca && held?.cert === cert && held?.key === key) {
      return this.#secured;
    }
    const { insecureSkipVerify = false, insecureSkipHostnameVerify = false } = this.#options;
    this.#credentials = credentials;
    const secure: ConnectionOptions = {
      // Without any, Deno would ask for those that the system trusts, which takes a permission.
      ca: ca ?? (insecureSkipVerify ? [] : undefined),
      cert,
      key,
      rejectUnauthorized: !insecureSkipVerify,
      ...(insecureSkipHostnameVerify ? { checkServerIdentity: () => undefined } : {}),
    };
    // A request every minute or two gains nothing from a connection that the server closes after ten seconds.
    this.#secured = { agent: new this.#modules.https.Agent({ ...secure, keepAlive: false }), secure };
    return this.#secured;
  }

  async current(url: string): Promise<Secured> {
    try {
      return this.use(await readCredentials(this.#options));
    } catch (cause) {
      // Good when the client started: a renewal may be half done.
      throw new FetchError((cause as Error).message, { url, retryable: true, cause });
    }
  }
}
