// `relay`: runs a relay.

import { FetchError } from "../../core/errors.ts";
import { addressOf, isPublic } from "../../relay/address.ts";
import type { Relay, RelayEvent, RelayOptions } from "../../relay/mod.ts";
import { withCliNames } from "../client_options.ts";
import type { Command } from "../command.ts";
import type { CommandArguments } from "../command_arguments.ts";
import { cliMessage, UsageError } from "../errors.ts";
import { type EventLog, eventLog } from "../event_log.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Io } from "../io.ts";
import { printable, style } from "../output.ts";
import { type ConnectedRedis, connectRedis } from "../redis.ts";
import { renewedAuthentication, TOKEN_COMMAND_OPTION } from "../renewed_authentication.ts";
import { AUTHENTICATION_OPTIONS, tls, TLS_OPTIONS } from "../server_options.ts";
import { DEFAULT_TIMEOUT_SECONDS, DEFAULT_URL, ENVIRONMENT_OPTION } from "../source_options.ts";
import { untilAborted } from "../until_aborted.ts";

const DEFAULT_NAMESPACE = "default";
const DEFAULT_INTERVAL_SECONDS = 30;

/** Runs a relay. */
export const relay: Command = {
  name: "relay",
  summary: "Relays flags from one Flipt server to many clients",
  notes: [
    "Streams each namespace from the server (Flipt v2; v1 is polled), and serves it: with --listen to any Flipt " +
    "client, in Flipt's own protocol; with --redis through Redis, to clients with redisSource. The server sees a single " +
    "client. Clients keep answering without the relay, and the relay without the server.",
    "Of several relays with the same Redis one writes, and another takes over within --lease seconds, or at once when it " +
    "is stopped by SIGTERM. --redis needs the package redis or ioredis in the folder where the relay is started, except " +
    "on Bun.",
    "The address of --listen requires no token without --client-token-file, and has no TLS: keep it in a network that " +
    "you trust, or use a proxy. Runs until it is interrupted, and then exits with code 0. With --json, each event " +
    "is one line.",
  ],
  operands: [],
  options: [
    {
      title: "the Flipt server",
      options: {
        url: {
          type: "text",
          short: "u",
          value: "URL",
          summary: "the Flipt server",
          variable: "FLIPT_URL",
          default: DEFAULT_URL,
        },
        namespace: {
          type: "list",
          short: "n",
          value: "KEY",
          summary: "a namespace to pass on",
          default: DEFAULT_NAMESPACE,
        },
        environment: ENVIRONMENT_OPTION,
        interval: {
          type: "text",
          value: "SECONDS",
          summary: "how often to fetch while streaming, or to poll",
          default: String(DEFAULT_INTERVAL_SECONDS),
        },
        poll: { type: "switch", summary: "poll even if the server can stream" },
        timeout: {
          type: "text",
          value: "SECONDS",
          summary: "how long to wait for the server",
          default: String(DEFAULT_TIMEOUT_SECONDS),
        },
        "max-staleness": {
          type: "text",
          value: "SECONDS",
          summary: "do not serve flags that the server has not confirmed for so long",
          default: "no limit",
        },
        store: {
          type: "text",
          value: "FOLDER",
          summary: "persist the flags, for a start without the server",
        },
      },
    },
    {
      title: "clients",
      options: {
        listen: {
          type: "text",
          short: "l",
          value: "ADDRESS",
          summary: "serve the flags in Flipt's protocol: :8080, 127.0.0.1:8080 or unix:/run/flipt.sock",
        },
        "client-token-file": {
          type: "text",
          value: "FILE",
          summary: "the tokens of clients, one per line; the file is read again when it changes",
        },
        "health-port": {
          type: "text",
          value: "NUMBER",
          summary: "serve /healthz and /metrics on this port",
          default: "the address of --listen",
        },
      },
    },
    {
      title: "Redis or Valkey",
      options: {
        redis: {
          type: "text",
          value: "URL",
          summary: "write the flags there",
          variable: "FLIPT_RELAY_REDIS",
        },
        "redis-prefix": {
          type: "text",
          value: "TEXT",
          summary: "the prefix of the keys",
          default: "flipt",
        },
        lease: {
          type: "text",
          value: "SECONDS",
          summary: "how long until another relay takes over from one that died",
          default: "15",
        },
      },
    },
    {
      ...AUTHENTICATION_OPTIONS,
      options: { ...AUTHENTICATION_OPTIONS.options, "token-command": TOKEN_COMMAND_OPTION },
    },
    TLS_OPTIONS,
  ],
  examples: [
    {
      does: "for the processes of a host, over a Unix socket",
      line: "relay --url https://flipt.example.com --namespace shop --listen unix:/run/flipt.sock",
    },
    {
      does: "for a fleet, through Redis",
      line:
        "relay -u https://flipt.example.com -n shop -n search --redis redis://redis:6379 --health-port 9090",
    },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const interruption = io.interruption();
  const log = eventLog(io.stdout, args.is("json"));
  const options = await relayOptions(args, io);
  const { runRelay } = await import("../../relay/mod.ts");
  const redisUrl = args.text("redis");
  let redis: ConnectedRedis | undefined;
  let relay: Relay | undefined;
  try {
    const onEvent = logOf(log, io);
    const onError = (error: Error): void => onEvent({ type: "error", error });
    redis = redisUrl === undefined ? undefined : await connectRedis(redisUrl, onError);
    const withRedis = redis && {
      client: redis.client,
      prefix: args.text("redis-prefix"),
      leaseSeconds: args.seconds("lease"),
    };
    relay = await runRelay({ ...options, redis: withRedis, onEvent }).catch((error: unknown) => {
      throw withCliNames(error);
    });
    logStart(log, io, relay, options, redis);
    await untilAborted(interruption);
    return exitCodes.ok;
  } finally {
    await relay?.close();
    redis?.close();
    if (relay !== undefined) log("stop", {}, "stopped");
  }
}

/**
 * Returns the options of the relay.
 * @throws {UsageError} (rejects) when there is nothing to do, or an option is invalid.
 */
async function relayOptions(args: CommandArguments, io: Io): Promise<RelayOptions> {
  const listen = args.text("listen");
  const store = args.text("store");
  if (listen === undefined && args.text("redis") === undefined) {
    throw new UsageError("a relay needs --listen or --redis, or both", "relay");
  }
  for (const name of ["redis-prefix", "lease"]) {
    if (args.isGiven(name) && args.text("redis") === undefined) {
      throw new UsageError(`--${name} only works with --redis`, "relay");
    }
  }
  const healthPort = args.integer("health-port", 0, 65_535);
  const namespaces = new Set(args.list("namespace"));
  return {
    url: args.text("url") ?? DEFAULT_URL,
    namespaces: namespaces.size === 0 ? [DEFAULT_NAMESPACE] : [...namespaces],
    environment: args.text("environment"),
    authentication: await renewedAuthentication(args, io),
    tls: tls(args),
    fetchMode: args.is("poll") ? "polling" : "streaming",
    updateInterval: args.seconds("interval") ?? DEFAULT_INTERVAL_SECONDS,
    requestTimeout: args.seconds("timeout") ?? DEFAULT_TIMEOUT_SECONDS,
    maxStaleness: args.seconds("max-staleness"),
    listen,
    clientTokenFile: args.text("client-token-file"),
    health: healthPort === undefined ? undefined : `:${healthPort}`,
    store,
  };
}

function logStart(
  log: EventLog,
  io: Io,
  { url, healthUrl }: Relay,
  { namespaces, url: server, listen, clientTokenFile }: RelayOptions,
  redis: ConnectedRedis | undefined,
): void {
  const to = [url, redis && `Redis (by ${redis.library})`].filter((each) => each !== undefined).join(" and ");
  log(
    "start",
    { url, health: healthUrl, server, namespaces, redis: redis?.library },
    printable(`passing on ${namespaces.join(", ")} of ${server} to ${to}`),
  );
  if (listen === undefined || clientTokenFile !== undefined || !isPublic(addressOf(listen))) return;
  const message = "whoever can reach the address of --listen can read the flags: give --client-token-file";
  log("warning", { message }, style(io.stdout, "yellow", `warning: ${message}`));
}

/** Returns what logs the events of a relay; a failure that goes on is logged once. */
function logOf(log: EventLog, io: Io): (event: RelayEvent) => void {
  const lastMessages = new Map<string, string>();
  return (event) => {
    switch (event.type) {
      case "update": {
        const { namespace, digest } = event;
        lastMessages.delete(namespace);
        return log(
          "update",
          { namespace, digest },
          printable(`${namespace} changed (${digest.slice(0, 8)})`),
        );
      }
      case "status": {
        const { namespace, state } = event;
        return log("status", { namespace, state }, printable(`${namespace} is ${state}`));
      }
      case "role":
        return log(
          "role",
          { role: event.role },
          event.role === "leader" ? "writing to Redis" : "standing by",
        );
      case "error": {
        const { namespace = "" } = event;
        const message = cliMessage(event.error);
        if (lastMessages.get(namespace) === message) return;
        lastMessages.set(namespace, message);
        const status = event.error instanceof FetchError ? event.error.status : undefined;
        log(
          "error",
          { namespace: event.namespace, message, status },
          style(io.stdout, "red", printable(message)),
        );
      }
    }
  };
}
