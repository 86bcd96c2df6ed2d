// The options that say where the flags come from, and what reads them where that is no server.

import { quote } from "../core/describe.ts";
import type { DocumentSource } from "../src/options/document_source.ts";
import type { OptionGroup } from "./command.ts";
import { onlyNamespace, readDocument } from "./document.ts";
import { NotFoundError, UsageError } from "./errors.ts";
import { ensureFiles } from "./files.ts";
import type { CommandArguments } from "./command_arguments.ts";
import type { Io } from "./io.ts";

/** The server that is asked when none is named. */
export const defaultUrl = "http://localhost:8080";
/** How long a server is waited for, in seconds. */
export const defaultTimeout = 10;

/** Where the flags come from. */
export const sourceOptions: OptionGroup = {
  title: "where the flags come from",
  options: {
    url: {
      type: "text",
      short: "u",
      value: "URL",
      summary: "a Flipt server",
      variable: "FLIPT_URL",
      default: defaultUrl,
    },
    namespace: {
      type: "text",
      short: "n",
      value: "KEY",
      summary: "the namespace",
      variable: "FLIPT_NAMESPACE",
      default: "default, or the only one of the file",
    },
    environment: {
      type: "text",
      value: "KEY",
      summary: "the environment (Flipt v2)",
      variable: "FLIPT_ENVIRONMENT",
      default: "default",
    },
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
      default: String(defaultTimeout),
    },
    file: {
      type: "list",
      short: "f",
      value: "FILE",
      summary: "features.yml or a folder of such files, in Flipt's declarative format, in place of a server",
    },
    snapshot: {
      type: "text",
      value: "FILE",
      summary: "a snapshot, or a document as the server sends it, in place of a server; - reads the input",
    },
  },
};

/** What only a server has a use for. */
const serverOptions = ["url", "environment", "reference", "token-file", "token", "jwt-file", "jwt"] as const;

/** Flags that come from no server. */
export interface LocalFlags {
  /** What reads them. */
  readonly source: DocumentSource;
  /** Their namespace. */
  readonly namespace: string;
  /** Where they come from, in words. */
  readonly origin: string;
}

/**
 * The flags of `--file` or `--snapshot`.
 * @param watch Whether files are read anew when they change.
 * @returns `undefined` when neither was typed.
 * @throws {UsageError} (rejects) when the options contradict each other.
 */
export async function localFlags(
  args: CommandArguments,
  io: Io,
  watch: boolean,
): Promise<LocalFlags | undefined> {
  const files = args.list("file");
  const snapshot = args.text("snapshot");
  if (files.length === 0 && snapshot === undefined) return undefined;
  if (files.length > 0 && snapshot !== undefined) {
    throw new UsageError("give one of --file and --snapshot, not both");
  }
  const name = snapshot === undefined ? "--file" : "--snapshot";
  const other = serverOptions.find((option) => args.typed(option));
  if (other !== undefined) throw new UsageError(`${name} needs no server: leave out --${other}`);
  const typed = args.typed("namespace") ? args.text("namespace") : undefined;
  if (snapshot !== undefined) return await snapshotFlags(snapshot, typed, io);
  ensureFiles(files);
  const { fileSource, readDocuments } = await import("../file/mod.ts");
  const namespace = typed ?? onlyNamespace(await readDocuments(files), files);
  return { source: fileSource(files, { watch }), namespace, origin: files.join(", ") };
}

async function snapshotFlags(path: string, typed: string | undefined, io: Io): Promise<LocalFlags> {
  const document = await readDocument(path, io);
  const namespace = document.namespace.key;
  const origin = path === "-" ? "the input" : path;
  if (typed !== undefined && typed !== namespace) {
    throw new NotFoundError(`${origin} is of the namespace ${quote(namespace)}, and has no ${quote(typed)}`);
  }
  const source: DocumentSource = { name: origin, load: () => Promise.resolve(JSON.stringify(document)) };
  return { source, namespace, origin };
}
