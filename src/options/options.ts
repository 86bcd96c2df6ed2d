// The one place where options are checked and defaults live. Every problem is found before anything is started.

import { alternativeHint, credentialsHint } from "./option_hints.ts";
import type { EngineKind } from "../../engines/engine.ts";
import type { AuthenticationProvider, AuthenticationStrategy } from "./authentication.ts";
import { providerProblem } from "./authentication.ts";
import type { ClientOptions, FetchMode, IFetcher } from "./client_options.ts";
import { ErrorStrategy } from "./client_options.ts";
import {
  isObject,
  isRecord,
  membersProblem,
  mustBe,
  mustBeNumber,
  nameProblem,
  quote,
  shown,
  tagOf,
  textProblem,
} from "../../core/describe.ts";
import type { DocumentSource } from "./document_source.ts";
import { documentSourceProblem } from "./document_source.ts";
import { ValidationError } from "../../core/errors.ts";
import type { HeadersProvider, RequestHeaders } from "./headers.ts";
import { headersProviderProblem } from "./headers.ts";
import { type EvaluationHook, HOOK_STAGES } from "../evaluation/hooks.ts";
import type { FlagOverrides } from "../evaluation/overrides.ts";
import { meantHint, schemeHint } from "../../core/closest_string.ts";
import { LOG_LEVELS, type Logger, loggerProblem, type LogLevel } from "./logger.ts";
import { socketProblem, socketUrl } from "./socket.ts";
import type { SnapshotStore } from "./store.ts";
import { storeProblem } from "./store.ts";
import type { TlsOptions } from "./tls.ts";
import {
  awaitHint,
  libraryPathProblem,
  noteReactOption,
  runtimeContradictions,
  tlsProblem,
} from "./runtime_options.ts";

/** Options that are known to be good, with the defaults filled in. */
export interface Settings {
  /** The server, without slashes at its end. */
  readonly url: string;
  /** The environment. */
  readonly environment: string;
  /** The namespace. */
  readonly namespace: string;
  /** The token or what gives it. */
  readonly authentication: AuthenticationStrategy | AuthenticationProvider | undefined;
  /** What is sent with each request, or what gives it. */
  readonly headers: RequestHeaders | HeadersProvider | undefined;
  /** How the state is kept up to date. */
  readonly fetchMode: FetchMode;
  /** Seconds; 0 for no polling. */
  readonly updateInterval: number;
  /** Seconds. */
  readonly requestTimeout: number;
  /** Seconds. */
  readonly bodyTimeout: number;
  /** The largest document that is taken, in decoded bytes. */
  readonly maxDocumentBytes: number;
  /** Seconds; `undefined` for no limit. */
  readonly maxStaleness: number | undefined;
  /** The git reference. */
  readonly reference: string | undefined;
  /** What happens when the flag state cannot be fetched. */
  readonly errorStrategy: ErrorStrategy;
  /** The snapshot to start from. */
  readonly snapshot: string | undefined;
  /** Whether the first fetch comes before the client is ready. */
  readonly initialFetch: boolean;
  /** Whether anything is fetched without being asked for. */
  readonly updates: "background" | "lazy";
  /** Seconds; `undefined` for as long as the attempts take. */
  readonly startTimeout: number | undefined;
  /** How connections are secured, where not as the runtime does. */
  readonly tls: TlsOptions | undefined;
  /** Where the state is kept beyond the process. */
  readonly store: SnapshotStore | undefined;
  /** The defaults of flags; an object without a prototype. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** What stands in the place of flags' answers. */
  readonly overrides: FlagOverrides | undefined;
  /** The hooks, from `hook` or `hooks`. */
  readonly hooks: readonly Partial<EvaluationHook>[];
  /** Where lines go, in place of the console. */
  readonly logger: Logger | undefined;
  /** The lines that are written. */
  readonly logLevel: LogLevel;
  /** What fetches in place of HTTP. */
  readonly fetcher: IFetcher | undefined;
  /** What gives documents in place of a server. */
  readonly source: DocumentSource | undefined;
  /** The engine asked for. */
  readonly engine: "auto" | EngineKind;
  /** The file of the engine's library. */
  readonly libraryPath: string | undefined;
  /** What aborts `init`. */
  readonly signal: AbortSignal | undefined;
}

/** What a value must be: gives what is wrong, worded to follow the option's name, or `undefined`. */
type Check = (value: unknown) => string | undefined;

/** The options of a server, of which a source in its place knows nothing. */
const SERVER_OPTIONS = [
  "url",
  "environment",
  "authentication",
  "headers",
  "fetchMode",
  "updateInterval",
  "initialFetch",
  "reference",
  "tls",
  "fetcher",
] as const satisfies readonly (keyof ClientOptions)[];

/** The longest interval in seconds, 20 days: a timer counts its milliseconds in 31 bits, and jitter adds to it. */
export const MAX_INTERVAL_SECONDS = 1_728_000;

const ENGINES: Readonly<Record<"auto" | EngineKind, true>> = {
  "auto": true,
  "native": true,
  "portable": true,
  "flipt-engine-ffi": true,
};

function must(what: string, isRight: (value: unknown) => boolean): Check {
  return (value) => isRight(value) ? undefined : mustBe(what, value);
}

// What becomes a segment of the request's path: dots alone would climb it, half a character cannot be encoded.
const name: Check = (value) => textProblem(value) ?? segmentProblem(value as string);

function segmentProblem(value: string): string | undefined {
  if (value === "." || value === "..") return `cannot be ${quote(value)}`;
  return value.isWellFormed() ? undefined : "contains a lone surrogate";
}

function oneOf(names: readonly string[]): Check {
  return (value) => nameProblem(value, names);
}

function seconds(zero: "" | "0 or " = ""): Check {
  return (value) => {
    const isRight = typeof value === "number" && value <= MAX_INTERVAL_SECONDS &&
      (value > 0 || zero !== "" && value === 0);
    if (isRight) return undefined;
    return mustBeNumber(
      `${zero}a positive number of seconds, at most ${MAX_INTERVAL_SECONDS} (20 days)`,
      value,
    );
  };
}

const bytes: Check = (value) =>
  Number.isInteger(value) && value as number > 0
    ? undefined
    : mustBeNumber("a positive whole number of bytes", value);

// The URL itself stays out of the messages: where it is malformed there is no telling what in it is a password.
const url: Check = (value) =>
  textProblem(value) ?? (socketUrl(value as string) ? undefined : urlProblem((value as string).trim()));

function urlProblem(given: string): string | undefined {
  const parsed = URL.canParse(given) ? new URL(given) : undefined;
  if (parsed?.protocol !== "http:" && parsed?.protocol !== "https:") {
    return socketProblem(given) ?? `must be a URL that starts with http:// or https://${schemeHint(given)}`;
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return `must not have a user name or password in it${credentialsHint()}`;
  }
  return /[?#]/.test(given) ? "must not have a query or fragment" : undefined;
}

const hook: Check = (value) => {
  const what = "an object with before(), after(), error() or finally()";
  if (!isObject(value)) return mustBe(what, value);
  return HOOK_STAGES.every((stage) => value[stage] === undefined)
    ? `must be ${what}, but has none`
    : membersProblem(value, "function", ...HOOK_STAGES);
};

const hooks: Check = (value) => {
  if (!Array.isArray(value)) return mustBe("an array of hooks", value);
  for (const [index, member] of value.entries()) {
    const problem = hook(member);
    if (problem !== undefined) return `must be an array of hooks, but member ${index} ${problem}`;
  }
};

const defaults: Check = (value) => {
  if (!isRecord(value)) return mustBe("an object", value);
  for (const [flagKey, each] of Object.entries(value)) {
    if (!["boolean", "string", "object"].includes(typeof each)) {
      return `${quote(flagKey)} ${mustBe("a boolean, a string or an object", each)}`;
    }
  }
};

const overrides: Check = (value) => typeof value === "function" ? undefined : defaults(value);

const CHECKS: Readonly<Record<keyof ClientOptions, Check>> = {
  url,
  environment: name,
  namespace: name,
  authentication: providerProblem,
  headers: headersProviderProblem,
  fetchMode: oneOf(["polling", "streaming"]),
  updateInterval: seconds("0 or "),
  requestTimeout: seconds(),
  bodyTimeout: seconds(),
  maxDocumentBytes: bytes,
  maxStaleness: seconds(),
  reference: name,
  errorStrategy: oneOf(Object.values(ErrorStrategy)),
  snapshot: textProblem,
  initialFetch: must("true or false", (value) => typeof value === "boolean"),
  startTimeout: seconds("0 or "),
  updates: oneOf(["background", "lazy"]),
  tls: tlsProblem,
  store: storeProblem,
  defaults,
  overrides,
  hook,
  hooks,
  logger: loggerProblem,
  logLevel: oneOf(LOG_LEVELS),
  fetcher: must("a function", (value) => typeof value === "function"),
  source: documentSourceProblem,
  engine: oneOf(Object.keys(ENGINES)),
  libraryPath: libraryPathProblem,
  signal: must(
    "an AbortSignal",
    (value) => isObject(value) && "aborted" in value && "addEventListener" in value,
  ),
};

/** Values that the official client takes for none, beside `undefined`. */
const NONE: readonly (readonly [value: unknown, options: readonly string[]])[] = [
  ["", ["reference", "snapshot"] satisfies (keyof ClientOptions)[]],
  [
    null,
    [
      "url",
      "environment",
      "namespace",
      "authentication",
      "updateInterval",
      "reference",
      "errorStrategy",
      "snapshot",
      "hook",
      "fetcher",
    ] satisfies (keyof ClientOptions)[],
  ],
];

/** An option of the official React package, whose provider hands all of its own on. */
const REACT_OPTION = "maxRetryAttempts";

const DEFAULTS: Readonly<Record<string, unknown>> = {
  url: "http://localhost:8080",
  environment: "default",
  namespace: "default",
  fetchMode: "polling",
  updateInterval: 120,
  requestTimeout: 30,
  bodyTimeout: 300,
  maxDocumentBytes: 256 * 1024 * 1024,
  errorStrategy: ErrorStrategy.Fail,
  initialFetch: true,
  hooks: [],
  updates: "background",
  engine: "auto",
} satisfies ClientOptions;

/**
 * Checks the options and fills in the defaults. An option that is `undefined` counts as absent.
 * @throws {ValidationError} that lists every problem, one a line.
 */
export function resolveOptions(options: ClientOptions = {}): Settings {
  const given = givenOptions(options);
  const problems = [...problemsOf(given), ...contradictions(given)];
  if (problems.length > 0) {
    throw new ValidationError(
      `the options of FliptClient.init() are not usable:\n${problems.map((line) => `- ${line}`).join("\n")}`,
    );
  }
  const { hook, ...settings } = { ...DEFAULTS, ...given } as unknown as Checked;
  const { url, logLevel, logger, defaults, hooks } = settings;
  return {
    ...settings,
    logLevel: logLevel ?? (logger === undefined ? "warn" : "info"),
    url: socketUrl(url) ?? url.trim().replace(/\/+$/, ""),
    // Keys may be anything, also `constructor`.
    defaults: Object.assign(Object.create(null), defaults),
    hooks: hook === undefined ? hooks : [hook],
  };
}

/**
 * All options, also those that are `undefined`. They may be those of an object's class, as getters are.
 * @throws {ValidationError} when they are no object, or a promise of one.
 */
export function readOptions(options: ClientOptions): Record<string, unknown> {
  if (!isRecord(options) || options["then"]) {
    throw new ValidationError(
      `the options of FliptClient.init() ${mustBe("an object", options)}${awaitHint(options)}`,
    );
  }
  const read: Record<string, unknown> = Object.create(null);
  for (const option of [...optionNames(), ...Object.keys(options)]) read[option] = options[option];
  return read;
}

/** The options without those that say nothing. */
function givenOptions(options: ClientOptions): Record<string, unknown> {
  const given = readOptions(options);
  for (const [option, value] of Object.entries(given)) {
    if (value === undefined || NONE.some(([none, names]) => none === value && names.includes(option))) {
      delete given[option];
    } else if (option === "url" && tagOf(value) === "URL") given[option] = String(value);
  }
  return given;
}

/** The settings, with the option that two of them come from. */
type Checked = Settings & { readonly hook?: Partial<EvaluationHook> };

function* problemsOf(given: Record<string, unknown>): Generator<string> {
  for (const [option, value] of Object.entries(given)) {
    if (isOption(option)) {
      const problem = CHECKS[option](value);
      if (problem !== undefined) yield `${option} ${problem}`;
    } else if (option === REACT_OPTION) noteReactOption(option);
    else yield `unknown option ${quote(option)}${meantHint(option, optionNames())}`;
  }
}

function isOption(name: string): name is keyof ClientOptions {
  return Object.hasOwn(CHECKS, name);
}

/** The names of all options. */
export function optionNames(): string[] {
  return Object.keys(CHECKS);
}

/** Options of which only one can be given, by themselves or with a value: those of a row, and the one after them. */
const ALTERNATIVES: readonly (readonly [options: readonly string[], other: string])[] = [
  [["hook"], "hooks"],
  [["headers", 'fetchMode "streaming"'], "fetcher"],
  [["reference"], 'fetchMode "streaming"'],
  [["updateInterval", "fetchMode"], 'updates "lazy"'],
  [SERVER_OPTIONS, "source"],
];

function* contradictions(options: ClientOptions): Generator<string> {
  const given = new Set(
    Object.entries(options).flatMap(([option, value]) => [option, `${option} ${shown(value)}`]),
  );
  if (options.initialFetch === false && !given.has("snapshot") && !given.has("store")) {
    yield "initialFetch: false needs a snapshot or a store to start from";
  }
  yield* runtimeContradictions(options);
  for (const [names, other] of ALTERNATIVES) {
    for (const option of names) {
      if (!given.has(option) || !given.has(other)) continue;
      yield `${option} and ${other} cannot both be given${alternativeHint(option, other)}`;
    }
  }
}
