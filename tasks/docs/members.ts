// The tables of options and other members, from the descriptions that they have in the code.

import { resolveOptions } from "../../src/options/options.ts";
import type { ClientOptions } from "../../src/options/client_options.ts";
import type { DocumentedModule, Member } from "./deno_doc.ts";
import { code, table } from "./markdown.ts";

/** What there is to read about an option, from docs/options.md. */
const SECTIONS: Readonly<Partial<Record<keyof ClientOptions, string>>> = {
  environment: "#environment-and-namespace",
  namespace: "#environment-and-namespace",
  authentication: "authentication.md",
  headers: "#headers",
  fetchMode: "fetch_modes.md",
  updateInterval: "fetch_modes.md#polling",
  requestTimeout: "starting.md#limits-of-a-request",
  bodyTimeout: "starting.md#limits-of-a-request",
  maxStaleness: "offline.md#stale-flags",
  errorStrategy: "offline.md#errorstrategy",
  snapshot: "offline.md#snapshots",
  initialFetch: "offline.md#snapshots",
  updates: "starting.md#without-timers",
  overrides: "overrides.md",
  startTimeout: "starting.md#a-time-limit-for-init",
  tls: "#tls",
  store: "offline.md#stores",
  defaults: "values.md#defaults",
  hook: "evaluating.md#hooks",
  hooks: "evaluating.md#hooks",
  logger: "operating.md#logging",
  logLevel: "operating.md#logging",
  fetcher: "fetch_modes.md#a-fetcher-of-your-own",
  source: "files.md",
  engine: "engines.md",
  libraryPath: "engines.md#platforms",
  signal: "#aborting",
};

/**
 * The options of `FliptClient.init`, with the defaults that the code gives.
 * @throws {Error} when the description of an option tells of another default.
 */
export function clientOptions(
  module: DocumentedModule,
  settings: Readonly<Record<string, unknown>> = { ...resolveOptions({}) },
): string {
  const rows = module.membersOf("ClientOptions").map((member) => {
    const section = SECTIONS[member.name as keyof ClientOptions];
    const name = section === undefined ? code(member.name) : `[${code(member.name)}](${section})`;
    return [name, code(member.type), defaultText(member, settings[member.name]), member.meaning];
  });
  return table(["option", "type", "default", "what it is"], rows);
}

function defaultText(member: Member, value: unknown): string {
  const isNone = value === undefined || typeof value === "object" && Object.keys(value ?? {}).length === 0;
  const expected = isNone ? undefined : JSON.stringify(value);
  const told = VALUE.exec(member.default ?? "")?.[0];
  if (member.default !== undefined && told === expected) return shownDefault(member);
  throw new Error(
    `the default of ${member.name} is ${expected ?? "none"}, and its description says ${member.default}`,
  );
}

/** A default that is a value, as it begins what `@default` says. */
const VALUE = /^(?:"[^"]*"|\d+|true|false)(?= |$)/;

function shownDefault({ default: told = "" }: Member): string {
  return told.replace(VALUE, "`$&`");
}

/** Members of an interface with their defaults, as their descriptions tell them. */
export function members(module: DocumentedModule, interfaceName: string, title: string): string {
  const rows = module.membersOf(interfaceName).map((member) => [
    code(member.name),
    shownDefault(member),
    member.meaning,
  ]);
  return table([title, "default", "what it is"], rows);
}

/** Members of an interface that all have a value. */
export function facts(module: DocumentedModule, interfaceName: string): string {
  const rows = module.membersOf(interfaceName).map((
    { name, type, meaning },
  ) => [code(name), code(type), meaning]);
  return table(["member", "type", "what it is"], rows);
}
