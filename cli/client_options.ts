// The options that select the source of the flags and the engine, and the client that is made from them.

import type { EngineKind } from "../engines/engine.ts";
import { chooseEngine } from "../engines/choice.ts";
import type { FliptClient } from "../src/client.ts";
import { initClient } from "../src/client.ts";
import type { ClientOptions } from "../src/options/client_options.ts";
import type { Clock } from "../core/clock.ts";
import { systemClock } from "../ffi/system_clock.ts";
import { ValidationError } from "../core/errors.ts";
import type { OptionGroup } from "./command.ts";
import { TimeoutError, UsageError } from "./errors.ts";
import type { CommandArguments } from "./command_arguments.ts";
import type { Io } from "./io.ts";
import { authentication, AUTHENTICATION_OPTIONS, tls, TLS_OPTIONS } from "./server_options.ts";
import { DEFAULT_TIMEOUT_SECONDS, DEFAULT_URL, localFlags, SOURCE_OPTIONS } from "./source_options.ts";

/** The options of the engine. */
export const ENGINE_OPTIONS: OptionGroup = {
  title: "engine",
  options: {
    engine: {
      type: "text",
      value: "NAME",
      summary: "auto, native, portable or flipt-engine-ffi",
      default: "auto",
    },
    library: { type: "text", value: "FILE", summary: "the library file of that engine" },
  },
};

/** All options that `openClient` reads, in groups. */
export const CLIENT_OPTION_GROUPS: readonly OptionGroup[] = [
  SOURCE_OPTIONS,
  AUTHENTICATION_OPTIONS,
  TLS_OPTIONS,
  ENGINE_OPTIONS,
];

/** A client and the source of its flags. */
export interface OpenedClient {
  /** The client. The caller closes it. */
  readonly client: FliptClient;
  /** The source of its flags for messages, such as `http://localhost:8080`. */
  readonly origin: string;
  /** The namespace of its flags. */
  readonly namespace: string;
  /** The options that it was created with. */
  readonly options: ClientOptions;
}

/** What a command asks of its client in addition to the user's options. */
export interface ClientNeeds {
  /** How the flag state is kept up to date. @default it is not */
  readonly updates?: Pick<ClientOptions, "fetchMode" | "updateInterval">;
  /** Aborts the wait for the server. @default none */
  readonly signal?: AbortSignal;
  /** The namespace if the user gives none. @default that of the client */
  readonly namespace?: string;
  /** What answers in the place of flags. @default nothing */
  readonly overrides?: ClientOptions["overrides"];
}

// A user is waiting: attempts follow each other without a delay.
const clockWithoutBackoff: Clock = { ...systemClock, random: () => 0 };

/**
 * Creates the client that the options describe.
 * @throws {UsageError} (rejects) when an option is invalid or the options contradict each other.
 * @throws {TimeoutError} (rejects) when the server does not respond in time.
 * @throws {FliptError} (rejects) when the client cannot be created for another reason.
 */
export async function openClient(
  args: CommandArguments,
  io: Io,
  needs: ClientNeeds = {},
): Promise<OpenedClient> {
  const { options: described, origin } = await clientOptions(args, io, needs.updates !== undefined);
  const { overrides } = needs;
  const options = { ...described, namespace: described.namespace ?? needs.namespace, overrides };
  // A local source reports its changes itself.
  const updates = options.source === undefined ? needs.updates ?? { updateInterval: 0 } : undefined;
  const clock = needs.updates === undefined ? clockWithoutBackoff : systemClock;
  const surroundings = { clock, chooseEngine };
  const deadline = {
    origin,
    seconds: options.requestTimeout ?? DEFAULT_TIMEOUT_SECONDS,
    signal: needs.signal,
  };
  const client = await withDeadline(
    deadline,
    (signal) => initClient({ ...options, ...updates, signal }, surroundings),
  ).catch((error: unknown) => {
    throw withCliNames(error);
  });
  return { client, origin, namespace: options.namespace ?? "default", options };
}

/** The time limit of a piece of work. */
export interface Deadline {
  /** Whose response is awaited, for the message. */
  readonly origin: string;
  /** The limit, in seconds. */
  readonly seconds: number;
  /** Aborts the work earlier. @default none */
  readonly signal?: AbortSignal;
}

/**
 * Runs abortable work with a time limit.
 * @throws {TimeoutError} (rejects) when the limit is exceeded.
 */
export async function withDeadline<T>(
  { origin, seconds, signal }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const timer = setTimeout(() => {
    const what = `${origin} did not respond within ${seconds} s`;
    ending.abort(new TimeoutError(`${what}: check the address, or allow more time with --timeout`));
  }, seconds * 1000);
  const onAbort = (): void => ending.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await work(ending.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The options of a client, and the source of its flags. */
export interface DescribedClient {
  /** The options of the client. */
  readonly options: ClientOptions;
  /** The source of its flags, for messages. */
  readonly origin: string;
}

/**
 * Returns the client options that the user gave. Does not contact a server.
 * @param watch Whether local files are watched for changes. @default false
 * @throws {UsageError} (rejects) when the options contradict each other.
 */
export async function clientOptions(
  args: CommandArguments,
  io: Io,
  watch: boolean = false,
): Promise<DescribedClient> {
  const engine: ClientOptions = {
    engine: args.text("engine") as "auto" | EngineKind | undefined,
    libraryPath: args.text("library"),
  };
  const local = await localFlags(args, io, watch);
  if (local !== undefined) {
    const { source, namespace, origin } = local;
    return { options: { ...engine, namespace, source }, origin };
  }
  const url = args.text("url") ?? DEFAULT_URL;
  return {
    options: {
      ...engine,
      url,
      namespace: args.text("namespace"),
      environment: args.text("environment"),
      reference: args.text("reference"),
      requestTimeout: args.seconds("timeout") ?? DEFAULT_TIMEOUT_SECONDS,
      bodyTimeout: args.seconds("timeout"),
      authentication: await authentication(args, io),
      tls: tls(args),
    },
    origin: url.trim().replace(/\/+$/, ""),
  };
}

const OPTION_NAMES: Readonly<Record<string, string>> = {
  url: "--url",
  namespace: "--namespace",
  environment: "--environment",
  reference: "--reference",
  engine: "--engine",
  libraryPath: "--library",
  requestTimeout: "--timeout",
  bodyTimeout: "--timeout",
  authentication: "the authentication",
  tls: "TLS",
  clientCertFile: "--cert",
  clientKeyFile: "--key",
  caCertFile: "--ca",
  namespaces: "--namespace",
  listen: "--listen",
  updateInterval: "--interval",
  maxStaleness: "--max-staleness",
  "redis.leaseSeconds": "--lease",
};

/** Returns the error with the command line's names in place of those of the client options. */
export function withCliNames(error: unknown): unknown {
  if (!(error instanceof ValidationError)) return error;
  const lines = error.message.split("\n").filter((line) => line.startsWith("- ")).map((line) =>
    line.slice(2)
  );
  if (lines.length === 0) return error;
  const renamed = lines.map((line) =>
    line.replace(/^[A-Za-z.]+/, (name) => OPTION_NAMES[name] ?? name)
      .replace(/\b(clientCertFile|clientKeyFile|caCertFile)\b/g, (name) => OPTION_NAMES[name] ?? name)
      .replace(/ or client(Cert|Key)Data/g, "")
  );
  return new UsageError(renamed.join("\n"), undefined);
}
