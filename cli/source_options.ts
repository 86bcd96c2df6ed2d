// The options that select the source of the flags, and the source for local files and snapshots.

import { quote } from "../core/describe.ts";
import type { DocumentSource } from "../src/options/document_source.ts";
import { LAYOUTS } from "../file/layout.ts";
import type { Layout } from "../file/layout.ts";
import type { OptionGroup } from "./command.ts";
import { onlyNamespace, readDocument } from "./document.ts";
import { NotFoundError, UsageError } from "./errors.ts";
import { ensureFiles, sourceName } from "./files.ts";
import type { CommandArguments } from "./command_arguments.ts";
import type { Io } from "./io.ts";
import type { OptionDefinition } from "./option_definition.ts";
import { printable, printLine, style } from "./output.ts";

/** The default server. */
export const DEFAULT_URL = "http://localhost:8080";
/** The default of `--timeout`. */
export const DEFAULT_TIMEOUT_SECONDS = 10;

/** The option that selects the environment. */
export const ENVIRONMENT_OPTION: OptionDefinition = {
  type: "text",
  value: "KEY",
  summary: "the environment (Flipt v2)",
  variable: "FLIPT_ENVIRONMENT",
  default: "default",
};

/** The option that selects the server whose rules for files apply. */
export const LAYOUT_OPTION: OptionDefinition = {
  type: "text",
  value: "NAME",
  summary: "the files of a folder that are read: those that a Flipt v1 server reads, a v2 one, or both",
  default: "both",
};

/**
 * Returns the layout that the user gave, if any.
 * @throws {UsageError} when there is no such layout.
 */
export function layoutOf(args: CommandArguments): Layout | undefined {
  const given = args.text("layout");
  if (given === undefined) return undefined;
  const layout = LAYOUTS.find((each) => each === given);
  if (layout !== undefined) return layout;
  throw new UsageError(`--layout must be ${LAYOUTS.join(", ")}, but is ${quote(given)}`);
}

/** The options that select the source of the flags. */
export const SOURCE_OPTIONS: OptionGroup = {
  title: "where the flags come from",
  options: {
    url: {
      type: "text",
      short: "u",
      value: "URL",
      summary: "a Flipt server",
      variable: "FLIPT_URL",
      default: DEFAULT_URL,
    },
    namespace: {
      type: "text",
      short: "n",
      value: "KEY",
      summary: "the namespace",
      variable: "FLIPT_NAMESPACE",
      default: "default, or the only one in the file",
    },
    environment: ENVIRONMENT_OPTION,
    reference: {
      type: "text",
      value: "REF",
      summary: "the git reference (Flipt v1)",
      variable: "FLIPT_REFERENCE",
    },
    timeout: {
      type: "text",
      value: "SECONDS",
      summary: "how long to wait for the server",
      default: String(DEFAULT_TIMEOUT_SECONDS),
    },
    file: {
      type: "list",
      short: "f",
      value: "FILE",
      summary: "features.yml or a folder of such files, in Flipt's declarative format, in place of a server",
    },
    layout: LAYOUT_OPTION,
    snapshot: {
      type: "text",
      value: "FILE",
      summary: "a snapshot, or a document as the server sends it, in place of a server; - reads stdin",
    },
  },
};

/** The options that only work with a server. */
const SERVER_OPTIONS = ["url", "environment", "reference", "token-file", "token", "jwt-file", "jwt"] as const;

/** Flags from a file or a snapshot. */
export interface LocalFlags {
  /** The source that reads them. */
  readonly source: DocumentSource;
  /** Their namespace. */
  readonly namespace: string;
  /** The file, for messages. */
  readonly origin: string;
}

/**
 * Returns the flags of `--file` or `--snapshot`, or `undefined` when neither is given.
 * @param watch Whether files are watched for changes.
 * @throws {UsageError} (rejects) when the options contradict each other.
 */
export async function localFlags(
  args: CommandArguments,
  io: Io,
  watch: boolean,
): Promise<LocalFlags | undefined> {
  const files = args.list("file");
  const snapshot = args.text("snapshot");
  const layout = layoutOf(args);
  if (files.length === 0 && layout !== undefined) {
    throw new UsageError("--layout only works with --file: it selects files in a folder");
  }
  if (files.length === 0 && snapshot === undefined) return undefined;
  if (files.length > 0 && snapshot !== undefined) {
    throw new UsageError("--file and --snapshot cannot be combined: give one of them");
  }
  const name = snapshot === undefined ? "--file" : "--snapshot";
  const other = SERVER_OPTIONS.find((option) => args.isGiven(option));
  if (other !== undefined) {
    throw new UsageError(`${name} cannot be combined with --${other}, which only works with a server`);
  }
  const givenNamespace = args.isGiven("namespace") ? args.text("namespace") : undefined;
  if (snapshot !== undefined) return await snapshotFlags(snapshot, givenNamespace, io);
  ensureFiles(files);
  const { fileSource, readDocuments, warningLine } = await import("../file/mod.ts");
  const namespace = givenNamespace ?? onlyNamespace(await readDocuments(files, { layout }), files);
  const source = fileSource(files, {
    watch,
    layout,
    onWarning: (warning) =>
      printLine(io.stderr, style(io.stderr, "yellow", `warning: ${printable(warningLine(warning))}`)),
  });
  return { source, namespace, origin: files.join(", ") };
}

async function snapshotFlags(
  path: string,
  givenNamespace: string | undefined,
  io: Io,
): Promise<LocalFlags> {
  const document = await readDocument(path, io);
  const namespace = document.namespace.key;
  const origin = sourceName(path);
  if (givenNamespace !== undefined && givenNamespace !== namespace) {
    throw new NotFoundError(
      `${origin} has the namespace ${quote(namespace)}, and no namespace ${quote(givenNamespace)}`,
    );
  }
  const source: DocumentSource = { name: origin, load: () => Promise.resolve(JSON.stringify(document)) };
  return { source, namespace, origin };
}
