// The options that say where the flags come from and what evaluates them, and the client that they make.

import type { EngineKind } from "../engines/engine.ts";
import { chooseEngine } from "../engines/choice.ts";
import type { FliptClient } from "../src/client.ts";
import { initClient } from "../src/client.ts";
import type { ClientOptions } from "../src/options/client_options.ts";
import type { Clock } from "../core/clock.ts";
import { systemClock } from "../core/clock.ts";
import { ValidationError } from "../core/errors.ts";
import type { OptionGroup } from "./command.ts";
import { TimeoutError, UsageError } from "./errors.ts";
import type { CommandArguments } from "./command_arguments.ts";
import type { Io } from "./io.ts";
import { authentication, authenticationOptions, tls, tlsOptions } from "./server_options.ts";
import { defaultTimeout, defaultUrl, localFlags, sourceOptions } from "./source_options.ts";

/** What evaluates. */
export const engineOptions: OptionGroup = {
  title: "what evaluates",
  options: {
    engine: {
      type: "text",
      value: "NAME",
      summary: "auto, native, portable or flipt-engine-ffi",
      default: "auto",
    },
    library: { type: "text", value: "FILE", summary: "the library of that engine" },
  },
};

/** Every option that `openClient` reads. */
export const clientOptionGroups: readonly OptionGroup[] = [
  sourceOptions,
  authenticationOptions,
  tlsOptions,
  engineOptions,
];

/** A client, and where its flags come from in words. */
export interface OpenedClient {
  /** The client. Close it. */
  readonly client: FliptClient;
  /** Where its flags come from, such as `http://localhost:8080`. */
  readonly origin: string;
  /** The namespace of its flags. */
  readonly namespace: string;
}

/** What a command wants of its client besides what the user says. */
export interface ClientNeeds {
  /** How the state is kept up to date. @default not at all */
  readonly updates?: Pick<ClientOptions, "fetchMode" | "updateInterval">;
  /** What ends the waiting for the server. @default none */
  readonly signal?: AbortSignal;
  /** The namespace where the user names none. @default that of the options */
  readonly namespace?: string;
}

// Somebody waits for the command: its attempts follow one another at once.
const impatient: Clock = { ...systemClock, random: () => 0 };

/**
 * Makes the client that the options describe.
 * @throws {UsageError} (rejects) when the options contradict each other or are not usable.
 * @throws {TimeoutError} (rejects) when there is no answer in the time that there is.
 * @throws {FliptError} (rejects) when the client cannot be had for another reason.
 */
export async function openClient(
  args: CommandArguments,
  io: Io,
  needs: ClientNeeds = {},
): Promise<OpenedClient> {
  const { options: described, origin } = await clientOptions(args, io, needs.updates !== undefined);
  const options = { ...described, namespace: described.namespace ?? needs.namespace };
  // A source of its own says by itself when it has changed.
  const updates = options.source === undefined ? needs.updates ?? { updateInterval: 0 } : undefined;
  const clock = needs.updates === undefined ? impatient : systemClock;
  const surroundings = { clock, chooseEngine };
  const deadline = { origin, seconds: options.requestTimeout ?? defaultTimeout, signal: needs.signal };
  const client = await withDeadline(
    deadline,
    (signal) => initClient({ ...options, ...updates, signal }, surroundings),
  ).catch((error: unknown) => {
    throw inTheirWords(error);
  });
  return { client, origin, namespace: options.namespace ?? "default" };
}

/** How long something may take. */
export interface Deadline {
  /** Who is waited for. */
  readonly origin: string;
  /** How long. */
  readonly seconds: number;
  /** What ends it earlier. */
  readonly signal?: AbortSignal;
}

/**
 * Does something that ends when its signal is aborted.
 * @throws {TimeoutError} (rejects) when it takes too long.
 */
export async function withDeadline<T>(
  { origin, seconds, signal }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const timer = setTimeout(() => {
    const what = `${origin} gave no answer within ${seconds} s`;
    ending.abort(new TimeoutError(`${what}: check the address, or give it longer with --timeout`));
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

/** What a client is made with, before a server is asked. */
export interface DescribedClient {
  /** The options of the client. */
  readonly options: ClientOptions;
  /** Where its flags come from, in words. */
  readonly origin: string;
}

/**
 * The client's options that were given.
 * @throws {UsageError} (rejects) when they contradict each other.
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
  const url = args.text("url") ?? defaultUrl;
  return {
    options: {
      ...engine,
      url,
      namespace: args.text("namespace"),
      environment: args.text("environment"),
      reference: args.text("reference"),
      requestTimeout: args.seconds("timeout") ?? defaultTimeout,
      authentication: await authentication(args, io),
      tls: tls(args),
    },
    origin: url.trim().replace(/\/+$/, ""),
  };
}

const optionNames: Readonly<Record<string, string>> = {
  url: "--url",
  namespace: "--namespace",
  environment: "--environment",
  reference: "--reference",
  engine: "--engine",
  libraryPath: "--library",
  requestTimeout: "--timeout",
  authentication: "the authentication",
  tls: "TLS",
  clientCertFile: "--cert",
  clientKeyFile: "--key",
  caCertFile: "--ca",
};

/** An error about the client's options, with the names that the options have here. */
export function inTheirWords(error: unknown): unknown {
  if (!(error instanceof ValidationError)) return error;
  const lines = error.message.split("\n").filter((line) => line.startsWith("- ")).map((line) =>
    line.slice(2)
  );
  if (lines.length === 0) return error;
  const renamed = lines.map((line) =>
    line.replace(/^[A-Za-z]+/, (name) => optionNames[name] ?? name)
      .replace(/\b(clientCertFile|clientKeyFile|caCertFile)\b/g, (name) => optionNames[name] ?? name)
      .replace(/ or client(Cert|Key)Data/g, "")
  );
  return new UsageError(renamed.join("\n"), undefined);
}
