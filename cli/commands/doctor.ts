// `doctor`: prints what to paste into a bug report.

import { grantedPermissions } from "../../ffi/granted_permissions.ts";
import type { EngineInfo } from "../../engines/engine.ts";
import { httpsFetch } from "../../src/sources/https_node.ts";
import { resolveOptions } from "../../src/options/options.ts";
import { version } from "../../core/version.ts";
import type { DescribedClient } from "../client_options.ts";
import { CLIENT_OPTION_GROUPS, clientOptions, withCliNames, withDeadline } from "../client_options.ts";
import type { Command } from "../command.ts";
import type { EngineReport } from "../diagnosis_host.ts";
import {
  chosenEngine,
  engineReports,
  platformName,
  relevantVariables,
  runtimeName,
} from "../diagnosis_host.ts";
import type { ServerDiagnosis, ServerReport } from "../diagnosis_server.ts";
import { diagnoseServer, tokenKindOf } from "../diagnosis_server.ts";
import { cliMessage, exitCodeOf } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { Io, Output } from "../io.ts";
import { printFacts, printJson, printLine, style } from "../output.ts";
import { DEFAULT_TIMEOUT_SECONDS } from "../source_options.ts";

/** Reports what a bug report needs. */
export const doctor: Command = {
  name: "doctor",
  summary: "Reports what a bug report needs: runtime, engines, permissions, server, versions",
  notes: [
    "The report contains no tokens, and only the names of environment variables. It does contain paths and the server's " +
    "address: read it before you publish it. The exit code is 0 when there is no problem, or else that of the problem.",
  ],
  operands: [],
  options: [
    { title: "scope", options: { offline: { type: "switch", summary: "do not contact the server" } } },
    ...CLIENT_OPTION_GROUPS,
  ],
  examples: [
    {
      does: "everything",
      line: "doctor --url http://localhost:8080 --namespace shop --token-file token.txt",
    },
    { does: "only this machine", line: "doctor --offline" },
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
    variables: relevantVariables(io.environment),
  };
  const engines = await engineReports(described.options);
  let chosen: EngineInfo | undefined;
  let problem: unknown;
  try {
    resolveOptions(described.options);
    chosen = await chosenEngine(described.options);
  } catch (error) {
    problem = withCliNames(error);
  }
  const contactsServer = problem === undefined && !args.is("offline") &&
    described.options.source === undefined;
  const server = contactsServer ? await serverDiagnosis(described) : undefined;
  problem ??= server?.error;
  const message = problem === undefined ? undefined : cliMessage(problem);
  if (args.is("json")) {
    printJson(io.stdout, { ...host, engines, chosen, server: server?.report, problem: message });
  } else {
    printHost(io.stdout, host);
    printEngines(io.stdout, engines, chosen);
    if (server !== undefined) printServer(io.stdout, server.report);
    printLine(io.stdout);
    const isSlower = chosen?.kind === "portable" &&
      engines.some((each) => each.kind === "native" && !each.available);
    if (message === undefined) {
      printLine(io.stdout, style(io.stdout, "green", "no problems found"));
      if (isSlower) {
        printLine(
          io.stdout,
          "the native engine, which is faster, is not available here: see its reason above",
        );
      }
    } else printFacts(io.stdout, message.split("\n").map((line) => ["problem", line, "red"]));
  }
  return problem === undefined ? exitCodes.ok : exitCodeOf(problem);
}

/** Diagnoses the server. Also reports a timeout and invalid TLS options. */
async function serverDiagnosis({ options, origin }: DescribedClient): Promise<ServerDiagnosis> {
  const settings = resolveOptions(options);
  const { url, namespace, environment } = settings;
  try {
    const fetch = settings.tls === undefined ? undefined : await httpsFetch(settings.tls);
    const deadline = { origin, seconds: options.requestTimeout ?? DEFAULT_TIMEOUT_SECONDS };
    return await withDeadline(deadline, (signal) => diagnoseServer(settings, fetch, signal));
  } catch (caught) {
    const error = withCliNames(caught);
    const token = tokenKindOf(settings.authentication);
    const problem = cliMessage(error);
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

function printHost(output: Output, host: Host): void {
  const granted = host.permissions === undefined
    ? undefined
    : Object.entries(host.permissions).map(([name, state]) => `${name} ${state}`).join(", ");
  printFacts(output, [
    ["flipt-ffi", host.package],
    ["runtime", host.runtime],
    ["platform", host.platform],
    ["permissions", granted ?? "not used by this runtime"],
    ["variables", host.variables.join(", ") || "none that affect the client"],
  ]);
}

function printEngines(
  output: Output,
  engines: readonly EngineReport[],
  chosen: EngineInfo | undefined,
): void {
  printLine(output);
  printLine(output, style(output, "bold", "engines"));
  const firstWith = new Map<string, string>();
  // Engines often lack the same thing, which takes several lines to say: once is enough.
  const once = (reason: string, kind: string): string => {
    const first = firstWith.get(reason);
    if (first === undefined) firstWith.set(reason, kind);
    return first === undefined || first === kind ? reason : `the same as for ${first}`;
  };
  for (const { kind, available, reason = "", library, bytes, sha256 } of engines) {
    const isChosen = chosen?.kind === kind;
    printFacts(output, [
      [
        kind.padEnd(16),
        available ? `available${isChosen ? ", in use" : ""}` : `not available: ${once(reason, kind)}`,
        available ? "green" : "yellow",
      ],
      [
        "  reason".padEnd(16),
        isChosen && chosen.reason !== undefined ? once(chosen.reason, kind) : undefined,
      ],
      ["  library".padEnd(16), library],
      ["  bytes".padEnd(16), bytes?.toLocaleString("en")],
      ["  SHA-256".padEnd(16), sha256],
    ]);
  }
}

function printServer(output: Output, server: ServerReport): void {
  printLine(output);
  printLine(output, style(output, "bold", "server"));
  const inMillis = (time: number | undefined): string | undefined =>
    time === undefined ? undefined : `${time} ms`;
  printFacts(output, [
    ["url", server.url],
    ["namespace", `${server.namespace} in the environment ${server.environment}`],
    ["reachable", server.reachable ? "yes" : "no", server.reachable ? "green" : "red"],
    ["status", server.status === undefined ? undefined : String(server.status)],
    ["token", server.token],
    ["authentication", server.authentication],
    ["version", server.version ?? (server.reachable ? "not reported" : undefined)],
    ["can stream", server.streams === undefined ? undefined : server.streams ? "yes" : "no"],
    ["first response", inMillis(server.firstMillis)],
    ["later responses", inMillis(server.againMillis)],
    ["flags", server.flags?.toLocaleString("en")],
    [
      "document",
      server.documentBytes === undefined ? undefined : `${server.documentBytes.toLocaleString("en")} bytes`,
    ],
    ["ETag", server.etag],
  ]);
}
