// Reads the flags and segments that files declare. As on a server, a flag can refer to the segments of its own document, in
// any order, and to those of earlier documents.

import { CONSTRAINT_MEMBERS, readConstraint } from "./constraints.ts";
import { documentFlag } from "./document.ts";
import { readFlags } from "./flags.ts";
import { isKey, keyProblem, membersOf, stringOf } from "./members.ts";
import type { Members } from "./members.ts";
import { MATCH_TYPES } from "./namespaces.ts";
import type { FeatureSegment, Namespace, ServerVersion } from "./namespaces.ts";
import type { FileProblems } from "./problems.ts";
import { quoted } from "./tree.ts";
import type { Node } from "./tree.ts";
import { LATEST_VERSION, VERSIONS } from "./versions.ts";
import type { FeatureVersion } from "./versions.ts";

const DOCUMENT_MEMBERS = ["version", "namespace", "flags", "segments"] as const;
const NAMESPACE_MEMBERS = ["key", "name", "description"] as const;
const SEGMENT_MEMBERS = ["key", "name", "description", "match_type", "constraints"] as const;

/** The namespace of a file that does not name one. */
export const DEFAULT_NAMESPACE = "default";

/** Adds the declarations of one document of a file to `namespaces`. */
export function readFeatures(
  tree: Node,
  problems: FileProblems,
  namespaces: Map<string, Namespace>,
  server: ServerVersion,
): void {
  if (isEmptyDocument(tree)) {
    namespaceOf(DEFAULT_NAMESPACE, namespaces);
    return;
  }
  const members = membersOf(tree, "the document", DOCUMENT_MEMBERS, problems);
  if (members === undefined) return;
  const version = readVersion(members, problems);
  const namespace = namespaceOf(readNamespace(members, problems), namespaces);
  const own = new Map<string, FeatureSegment>();
  for (const each of members.objects("segments", "a segment", SEGMENT_MEMBERS)) {
    const segment = readSegment(each, version >= "1.6", problems);
    if (segment === undefined) continue;
    warnOfDuplicate("segment", segment, namespace.segments, namespace);
    namespace.segments.set(segment.key.value, segment);
    own.set(segment.key.value, segment);
  }
  for (const flag of readFlags(members, version, problems)) {
    warnOfDuplicate("flag", flag, namespace.declared, namespace);
    namespace.declared.set(flag.key.value, flag);
    namespace.flags.push(documentFlag(flag, namespace, own, server));
  }
}

/** Returns whether a document has no content, as between two `---` of a YAML stream. */
function isEmptyDocument(tree: Node): boolean {
  return tree.kind === "scalar" && tree.value === null && tree.source === "";
}

function namespaceOf(key: string, namespaces: Map<string, Namespace>): Namespace {
  const existing = namespaces.get(key);
  if (existing !== undefined) return existing;
  const namespace = { key, flags: [], declared: new Map(), segments: new Map(), missing: [] };
  namespaces.set(key, namespace);
  return namespace;
}

function warnOfDuplicate(
  kind: string,
  { key, problems }: Pick<FeatureSegment, "key" | "problems">,
  existing: ReadonlyMap<string, Pick<FeatureSegment, "key" | "problems">>,
  namespace: Namespace,
): void {
  const first = existing.get(key.value);
  if (first === undefined) return;
  const { line } = first.problems.place(first.key.at);
  problems.warn(
    key.at,
    "duplicate",
    `namespace ${quoted(namespace.key)} already has a ${kind} ${quoted(key.value)}, in ` +
      `${first.problems.file}:${line}, which this one replaces: remove one or give it another key`,
  );
}

function readVersion(members: Members, problems: FileProblems): FeatureVersion {
  const node = members.node("version");
  if (node === undefined) return LATEST_VERSION;
  const isNumber = node.kind === "scalar" && typeof node.value === "number" && !problems.isJson;
  const written = isNumber ? node.source : members.requiredString("version")?.value;
  if (written === undefined) return LATEST_VERSION;
  const version = VERSIONS.find((each) => each === written);
  if (version === undefined) {
    problems.add(
      node.at,
      `version ${quoted(written)} of the format is not supported: use ${VERSIONS[0]} to ${LATEST_VERSION}`,
    );
  } else if (isNumber) {
    problems.warn(
      node.at,
      "unquoted-version",
      `the version must be a string, not a number: put it in quotes, "${written}"`,
    );
  }
  return version ?? LATEST_VERSION;
}

function readNamespace(members: Members, problems: FileProblems): string {
  const node = members.node("namespace");
  if (node === undefined) return DEFAULT_NAMESPACE;
  if (node.kind === "map") {
    const inner = membersOf(node, "a namespace", NAMESPACE_MEMBERS, problems);
    inner?.line("name");
    inner?.string("description");
    if (inner?.isPresent("key") !== false) return inner?.key()?.value ?? DEFAULT_NAMESPACE;
    problems.warn(
      node.at,
      "namespace-without-key",
      "without a key, servers use an empty one, and no client can request these flags: add key: default",
    );
    return "";
  }
  const placed = stringOf(node, "the namespace", problems);
  if (placed === undefined) return DEFAULT_NAMESPACE;
  if (placed.value === "") {
    problems.add(
      placed.at,
      "the namespace cannot be empty: write its key, or remove namespace for the namespace default",
    );
  } else if (!isKey(placed.value)) problems.add(placed.at, keyProblem(placed.value, "a namespace"));
  return placed.value;
}

function readSegment(
  members: Members,
  hasLists: boolean,
  problems: FileProblems,
): FeatureSegment | undefined {
  const key = members.key();
  members.requiredString("name");
  members.string("description");
  const matchType = members.requiredOneOf("match_type", MATCH_TYPES);
  const constraints = members.objects("constraints", "a constraint", CONSTRAINT_MEMBERS)
    .flatMap((constraint) => readConstraint(constraint, hasLists, problems) ?? []);
  return key && { key, matchType: matchType ?? "ALL_MATCH_TYPE", constraints, problems };
}
