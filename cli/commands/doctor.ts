// `doctor`: what to paste into a bug report.

import { grantedPermissions } from "../../ffi/granted_permissions.ts";
import type { EngineInfo } from "../../engines/engine.ts";
import { httpsFetch } from "../../src/sources/https_node.ts";
import { resolveOptions } from "../../src/options/options.ts";
import { version } from "../../core/version.ts";
import type { DescribedClient } from "../client_options.ts";
import { clientOptionGroups, clientOptions, inTheirWords, withDeadline } from "../client_options.ts";
import type { Command } from "../command.ts";
import type { EngineReport } from "../diagnosis_host.ts";
import { chosenEngine, engineReports, platformName, runtimeName, variables } from "../diagnosis_host.ts";
import type { ServerDiagnosis, ServerReport } from "../diagnosis_server.ts";
import { diagnoseServer, kindOf } from "../diagnosis_server.ts";
import { exitCodeOf, messageOf } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io, Output } from "../io.ts";
import { say, sayFacts, sayJson, style } from "../output.ts";
import { defaultTimeout } from "../source_options.ts";

/** Tells what a bug report needs to know. */
export const doctor: Command = {
  name: "doctor",
  summary: "Tells what a bug report needs: runtime, engines, permissions, server, versions",
  notes: [
    "There are no tokens in it, and of variables only the names. Paths and the server's address are: look at it before " +
    "you publish it. It ends with 0 when all is well, or with the status that any other command would end with.",
  ],
  operands: [],
  options: [
    { title: "what is looked at", options: { offline: { type: "switch", summary: "leave the server out" } } },
    ...clientOptionGroups,
  ],
  examples: [
    {
      does: "everything",
      line: "doctor --url http://localhost:8080 --namespace shop --token-file token.txt",
    },
    { does: "this machine alone", line: "doctor --offline" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const described = await clientOptions(args, io);
  const host = {
    package: version,
    runtime: runtimeName(),
    platform: platformName(),
    permissions: await grantedPermissions(),
    variables: variables(io.environment),
  };
  const engines = await engineReports(described.options);
  let chosen: EngineInfo | undefined;
  let problem: unknown;
  try {
    resolveOptions(described.options);
    chosen = await chosenEngine(described.options);
  } catch (error) {
    problem = inTheirWords(error);
  }
  const asksServer = problem === undefined && !args.is("offline") && described.options.source === undefined;
  const server = asksServer ? await diagnosed(described) : undefined;
  problem ??= server?.error;
  const message = problem === undefined ? undefined : messageOf(problem);
  if (args.is("json")) {
    sayJson(io.stdout, { ...host, engines, chosen, server: server?.report, problem: message });
  } else {
    sayHost(io.stdout, host);
    sayEngines(io.stdout, engines, chosen);
    if (server !== undefined) sayServer(io.stdout, server.report);
    say(io.stdout);
    if (message === undefined) say(io.stdout, style(io.stdout, "green", "all is well"));
    else sayFacts(io.stdout, message.split("\n").map((line) => ["problem", line, "red"]));
  }
  return problem === undefined ? exitCodes.ok : exitCodeOf(problem);
}

/** A server that takes too long is a finding, too. */
async function diagnosed({ options, origin }: DescribedClient): Promise<ServerDiagnosis> {
  const settings = resolveOptions(options);
  const { url, namespace, environment } = settings;
  try {
    const fetch = settings.tls === undefined ? undefined : await httpsFetch(settings.tls);
    const deadline = { origin, seconds: options.requestTimeout ?? defaultTimeout };
    return await withDeadline(deadline, (signal) => diagnoseServer(settings, fetch, signal));
  } catch (caught) {
    const error = inTheirWords(caught);
    const token = kindOf(settings.authentication);
    const problem = messageOf(error);
    const report = {
      url,
      namespace,
      environment,
      reachable: false,
      authentication: "unknown",
      token,
      problem,
    } as const;
    return { report, error };
  }
}

interface Host {
  readonly package: string;
  readonly runtime: string;
  readonly platform: string;
  readonly permissions: Readonly<Record<string, string>> | undefined;
  readonly variables: readonly string[];
}

function sayHost(output: Output, host: Host): void {
  const granted = host.permissions === undefined
    ? undefined
    : Object.entries(host.permissions).map(([name, state]) => `${name} ${state}`).join(", ");
  sayFacts(output, [
    ["flipt-ffi", host.package],
    ["runtime", host.runtime],
    ["platform", host.platform],
    ["permissions", granted ?? "the runtime asks for none"],
    ["variables", host.variables.join(", ") || "none that matter"],
  ]);
}

function sayEngines(output: Output, engines: readonly EngineReport[], chosen: EngineInfo | undefined): void {
  say(output);
  say(output, style(output, "bold", "engines"));
  for (const { kind, available, reason, library, bytes, sha256 } of engines) {
    const uses = chosen?.kind === kind;
    sayFacts(output, [
      [
        kind.padEnd(16),
        available ? `can be had${uses ? ", is used" : ""}` : `not here: ${reason}`,
        available ? "green" : "yellow",
      ],
      ["  because".padEnd(16), uses ? chosen.reason : undefined],
      ["  library".padEnd(16), library],
      ["  bytes".padEnd(16), bytes?.toLocaleString("en")],
      ["  SHA-256".padEnd(16), sha256],
    ]);
  }
}

function sayServer(output: Output, server: ServerReport): void {
  say(output);
  say(output, style(output, "bold", "server"));
  const millis = (time: number | undefined): string | undefined =>
    time === undefined ? undefined : `${time} ms`;
  sayFacts(output, [
    ["url", server.url],
    ["namespace", `${server.namespace} in the environment ${server.environment}`],
    ["reachable", server.reachable ? "yes" : "no", server.reachable ? "green" : "red"],
    ["status", server.status === undefined ? undefined : String(server.status)],
    ["token", server.token],
    ["authentication", server.authentication],
    ["version", server.version ?? (server.reachable ? "it does not tell" : undefined)],
    ["can stream", server.streams === undefined ? undefined : server.streams ? "yes" : "no"],
    ["first answer", millis(server.firstMillis)],
    ["asked again", millis(server.againMillis)],
    ["flags", server.flags?.toLocaleString("en")],
    [
      "document",
      server.documentBytes === undefined ? undefined : `${server.documentBytes.toLocaleString("en")} bytes`,
    ],
    ["ETag", server.etag],
  ]);
}
