// `lint`: finds likely mistakes in a flag state, and differences between servers and clients.

import { statSync } from "node:fs";
import { quote } from "../../core/describe.ts";
import { CLIENT_OPTION_GROUPS, openClient } from "../client_options.ts";
import type { Command } from "../command.ts";
import type { CommandArguments } from "../command_arguments.ts";
import { documentOf } from "../document.ts";
import { NotFoundError, UsageError } from "../errors.ts";
import type { ExitCode } from "../exit_codes.ts";
import { exitCodes } from "../exit_codes.ts";
import { ensureFiles, readText, sourceName } from "../files.ts";
import type { Io } from "../io.ts";
import { lintDocument, lintDocumentText } from "../lint/documents.ts";
import { lintFeatures } from "../lint/features.ts";
import type { LocatedFinding } from "../lint/finding.ts";
import { inOrder } from "../lint/finding.ts";
import { githubLine, jsonFinding, textLine } from "../lint/report.ts";
import type { Level } from "../lint/rule.ts";
import { sarifLog } from "../lint/sarif.ts";
import { pluralize, printJson, printLine } from "../output.ts";
import { layoutOf } from "../source_options.ts";

const FORMATS = ["text", "json", "github", "sarif"] as const;
type Format = typeof FORMATS[number];

/** Finds likely mistakes in a flag state. */
export const lint: Command = {
  name: "lint",
  summary: "Finds likely mistakes in a flag state",
  notes: [
    "A warning is a likely mistake: a constraint that never matches in clients, an unreachable rule, an unused segment " +
    "or variant. A note is information, such as a value for which a server's own evaluation API and clients answer " +
    "differently.",
    "Exits with code 1 when a file is invalid, and with --check with code 6 when there is a warning.",
  ],
  operands: [
    {
      name: "FILE",
      summary: "features.yml, a folder of such files, a snapshot, or a document as the server sends it; " +
        "if omitted, the flags of the server",
      optional: true,
      repeated: true,
    },
  ],
  options: [
    {
      title: "output",
      options: {
        notes: { type: "switch", summary: "also report notes" },
        check: { type: "switch", summary: "exit with code 6 when there is a warning" },
        format: {
          type: "text",
          value: "NAME",
          summary: "text, json, github (workflow commands) or sarif",
          default: "text",
        },
      },
    },
    ...CLIENT_OPTION_GROUPS,
  ],
  examples: [
    { does: "a file, with line and column", line: "lint features.yml --notes" },
    { does: "the flags of a server", line: "lint --url http://localhost:8080 --namespace shop" },
    { does: "in a GitHub workflow", line: "lint flags/ --format github --check" },
  ],
  run,
};

async function run(args: CommandArguments, io: Io): Promise<ExitCode> {
  const format = formatOf(args);
  const all = inOrder(await findings(args, io));
  const shown = args.is("notes") ? all : all.filter(({ level }) => level !== "note");
  if (format === "json") printJson(io.stdout, shown.map(jsonFinding));
  else if (format === "sarif") printJson(io.stdout, sarifLog(shown));
  else if (format === "github") { for (const finding of shown) printLine(io.stdout, githubLine(finding)); }
  else {
    for (const finding of shown) printLine(io.stdout, textLine(io.stdout, finding));
    printLine(io.stderr, summaryLine(all, shown.length < all.length));
  }
  if (countOf(all, "error") > 0) return exitCodes.failed;
  return args.is("check") && countOf(all, "warning") > 0 ? exitCodes.no : exitCodes.ok;
}

function formatOf(args: CommandArguments): Format {
  const given = args.text("format");
  if (args.is("json") && given !== undefined && given !== "json") {
    throw new UsageError("--json and --format cannot be combined: give one of them", lint.name);
  }
  const name = args.is("json") ? "json" : given ?? "text";
  const format = FORMATS.find((each) => each === name);
  if (format !== undefined) return format;
  throw new UsageError(`--format must be one of ${FORMATS.join(", ")}`, lint.name);
}

function summaryLine(all: readonly LocatedFinding[], hasHidden: boolean): string {
  if (all.length === 0) return "no findings";
  const counts = (["error", "warning", "note"] as const).flatMap((level) => {
    const count = countOf(all, level);
    return count === 0 ? [] : [pluralize(count, level)];
  });
  return counts.join(", ") + (hasHidden ? "; --notes shows the notes" : "");
}

function countOf(findings: readonly LocatedFinding[], level: Level): number {
  return findings.filter((finding) => finding.level === level).length;
}

async function findings(args: CommandArguments, io: Io): Promise<readonly LocatedFinding[]> {
  const now = Date.now();
  const snapshot = args.text("snapshot");
  const files = [...args.operands, ...args.list("file"), ...(snapshot === undefined ? [] : [snapshot])];
  if (files.length === 0) return await serverFindings(args, io, now);
  const server = ["url", "environment", "reference"].find((option) => args.isGiven(option));
  if (server !== undefined) {
    throw new UsageError(
      `a file cannot be combined with --${server}, which only works with a server`,
      lint.name,
    );
  }
  ensureFiles(files.filter((file) => file !== "-"));
  const namespace = args.isGiven("namespace") ? args.text("namespace") : undefined;
  const features = files.filter(isFeaturesPath);
  const layout = layoutOf(args);
  if (layout !== undefined && features.length === 0) {
    throw new UsageError("--layout only works with features files: it selects files in a folder", lint.name);
  }
  const { findings: inFeatures, namespaces } = features.length === 0
    ? { findings: [], namespaces: [] }
    : await lintFeatures(features, namespace, now, layout);
  const isUsable = inFeatures.every(({ level }) => level !== "error");
  if (features.length > 0 && namespace !== undefined && namespaces.length === 0 && isUsable) {
    throw new NotFoundError(`${features.join(", ")} has no namespace ${quote(namespace)}`);
  }
  const others: LocatedFinding[] = [];
  for (const file of files.filter((each) => !isFeaturesPath(each))) {
    others.push(...lintDocumentText(await readText(file, io), sourceName(file), now));
  }
  return [...inFeatures, ...others];
}

/** Returns whether a path is in Flipt's declarative format: a folder, YAML, or JSON named like a features file. */
function isFeaturesPath(path: string): boolean {
  if (path === "-") return false;
  return /\.ya?ml$|(^|[\\/.])features\.json$/i.test(path) || statSync(path).isDirectory();
}

async function serverFindings(
  args: CommandArguments,
  io: Io,
  now: number,
): Promise<readonly LocatedFinding[]> {
  const { client, origin } = await openClient(args, io);
  try {
    return lintDocument(documentOf(client.getSnapshot()), origin, now);
  } finally {
    client.close();
  }
}
