// Reads the flags and segments that files declare. References to segments are resolved later, when all files are read.

import type { DocumentConstraint } from "../engines/document.ts";
import { CONSTRAINT_MEMBERS, readConstraint } from "./constraints.ts";
import { isKey, keyProblem, membersOf, stringOf } from "./members.ts";
import type { Members, PlacedString } from "./members.ts";
import type { FileProblems } from "./problems.ts";
import { readRollout, readRule } from "./rules.ts";
import type { FeatureRollout, FeatureRule } from "./rules.ts";
import { describeNode, jsonOf, quoted } from "./tree.ts";
import type { Node } from "./tree.ts";

/** A flag as a file declares it. */
export interface FeatureFlag extends Declared {
  /** Its type. */
  readonly type: FeatureFlagType;
  /** Whether it is enabled. Also the default value of a boolean flag. */
  readonly enabled: boolean;
  /** The attachments of its variants, as JSON, by variant key. */
  readonly variants: ReadonlyMap<string, string>;
  /** The key of the variant when no rule matches. */
  readonly defaultVariant: string | undefined;
  /** The rules, in order. */
  readonly rules: readonly FeatureRule[];
  /** The rollouts, in order. */
  readonly rollouts: readonly FeatureRollout[];
}

/** A segment as a file declares it. */
export interface FeatureSegment extends Declared {
  /** Whether all or any of its constraints must match. */
  readonly matchType: MatchType;
  /** The constraints, as a server sends them. */
  readonly constraints: readonly DocumentConstraint[];
}

/** A flag or segment, and its place. */
export interface Declared {
  /** The key and its place. */
  readonly key: PlacedString;
  /** The file, and its problems. */
  readonly problems: FileProblems;
}

/** The flags and segments of one namespace. */
export interface Namespace {
  /** The flags by key, in order. */
  readonly flags: Map<string, FeatureFlag>;
  /** The segments by key. */
  readonly segments: Map<string, FeatureSegment>;
}

/** The type of a flag. */
export type FeatureFlagType = typeof FLAG_TYPES[number];
/** How the constraints of a segment are combined. */
export type MatchType = typeof MATCH_TYPES[number];

const VERSIONS = ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"] as const;
const FLAG_TYPES = ["VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"] as const;
const MATCH_TYPES = ["ALL_MATCH_TYPE", "ANY_MATCH_TYPE"] as const;

const DOCUMENT_MEMBERS = ["version", "namespace", "flags", "segments"] as const;
const NAMESPACE_MEMBERS = ["key", "name", "description"] as const;
const FLAG_MEMBERS = [
  "key",
  "name",
  "description",
  "type",
  "enabled",
  "variants",
  "rules",
  "rollouts",
  "metadata",
] as const;
const VARIANT_MEMBERS = ["key", "name", "description", "default", "attachment"] as const;
const RULE_MEMBERS = ["segment", "distributions", "rank"] as const;
const ROLLOUT_MEMBERS = ["segment", "threshold", "description"] as const;
const SEGMENT_MEMBERS = ["key", "name", "description", "match_type", "constraints"] as const;

/** The namespace of a file that does not name one. */
export const DEFAULT_NAMESPACE = "default";

/** Adds the declarations of one document of a file to `namespaces`. */
export function readFeatures(tree: Node, problems: FileProblems, namespaces: Map<string, Namespace>): void {
  const members = membersOf(tree, "the document", DOCUMENT_MEMBERS, problems);
  if (members === undefined) return;
  const version = readVersion(members, problems);
  const key = readNamespace(members, problems);
  const namespace = namespaces.get(key) ?? { flags: new Map(), segments: new Map() };
  namespaces.set(key, namespace);
  for (const flag of members.objects("flags", "a flag", FLAG_MEMBERS)) {
    declare(readFlag(flag, problems), namespace.flags, "flag", key);
  }
  for (const segment of members.objects("segments", "a segment", SEGMENT_MEMBERS)) {
    declare(readSegment(segment, version >= "1.6", problems), namespace.segments, "segment", key);
  }
}

function declare<Kind extends Declared>(
  declared: Kind | undefined,
  existing: Map<string, Kind>,
  kind: string,
  namespace: string,
): void {
  if (declared === undefined) return;
  const { value: key, at } = declared.key;
  const first = existing.get(key);
  if (first === undefined) {
    existing.set(key, declared);
    return;
  }
  const { line } = first.problems.place(first.key.at);
  declared.problems.add(
    at,
    `namespace ${quoted(namespace)} already has a ${kind} ${
      quoted(key)
    }, in ${first.problems.file}:${line}: ` +
      "remove one or give it another key",
  );
}

function readVersion(members: Members, problems: FileProblems): string {
  const newest = VERSIONS[VERSIONS.length - 1] ?? "";
  if (!members.has("version")) return newest;
  const placed = members.requiredString("version");
  if (placed === undefined) return newest;
  if (VERSIONS.some((version) => version === placed.value)) return placed.value;
  problems.add(
    placed.at,
    `version ${quoted(placed.value)} of the format is not supported: use ${VERSIONS[0]} to ${newest}`,
  );
  return newest;
}

function readNamespace(members: Members, problems: FileProblems): string {
  const node = members.node("namespace");
  if (node === undefined) return DEFAULT_NAMESPACE;
  if (node.kind === "map") {
    const inner = membersOf(node, "a namespace", NAMESPACE_MEMBERS, problems);
    inner?.string("name");
    inner?.string("description");
    return inner?.key()?.value ?? DEFAULT_NAMESPACE;
  }
  const placed = stringOf(node, "the namespace", problems);
  if (placed === undefined || placed.value === "") return DEFAULT_NAMESPACE;
  if (!isKey(placed.value)) problems.add(placed.at, keyProblem(placed.value, "a namespace"));
  return placed.value;
}

function readFlag(members: Members, problems: FileProblems): FeatureFlag | undefined {
  const key = members.key();
  members.requiredString("name");
  const metadata = members.node("metadata");
  if (metadata !== undefined && metadata.kind !== "map") {
    problems.add(metadata.at, `metadata of a flag must be an object, not ${describeNode(metadata)}`);
  }
  const type = members.oneOf("type", FLAG_TYPES);
  const isBoolean = type === "BOOLEAN_FLAG_TYPE";
  const misplaced = isBoolean ? ["variants", "rules"] : ["rollouts"];
  for (const name of misplaced) {
    if (members.list(name).length === 0) continue;
    const allowed = isBoolean ? "rollouts" : "variants and rules";
    problems.add(members.placeOf(name), `a flag of type ${type} has ${allowed}, not ${name}`);
  }
  const { variants, defaultVariant } = readVariants(
    isBoolean ? [] : members.objects("variants", "a variant", VARIANT_MEMBERS),
    problems,
  );
  const rules = isBoolean ? [] : members.objects("rules", "a rule", RULE_MEMBERS)
    .flatMap((rule) => readRule(rule, variants, problems) ?? []);
  const rollouts = isBoolean
    ? members.objects("rollouts", "a rollout", ROLLOUT_MEMBERS).flatMap((rollout) =>
      readRollout(rollout, problems) ?? []
    )
    : [];
  members.string("description");
  const enabled = members.boolean("enabled");
  if (key === undefined) return undefined;
  return { key, type, enabled, variants, defaultVariant, rules, rollouts, problems };
}

function readVariants(
  all: readonly Members[],
  problems: FileProblems,
): { readonly variants: Map<string, string>; readonly defaultVariant: string | undefined } {
  const variants = new Map<string, string>();
  let defaultVariant: string | undefined;
  for (const members of all) {
    const key = members.requiredString("key");
    members.string("name");
    members.string("description");
    const isDefault = members.boolean("default");
    const attachment = members.node("attachment");
    if (attachment?.kind === "scalar") {
      problems.add(
        attachment.at,
        `attachment of a variant must be an object or a list, not ${describeNode(attachment)}`,
      );
    }
    if (key === undefined) continue;
    if (variants.has(key.value)) problems.add(key.at, `the flag already has a variant ${quoted(key.value)}`);
    variants.set(key.value, attachment === undefined ? "null" : jsonOf(attachment));
    if (!isDefault) continue;
    if (defaultVariant !== undefined) {
      problems.add(
        members.placeOf("default"),
        `a flag has only one default variant, which is already ${quoted(defaultVariant)}`,
      );
    }
    defaultVariant ??= key.value;
  }
  return { variants, defaultVariant };
}

function readSegment(
  members: Members,
  allowsLists: boolean,
  problems: FileProblems,
): FeatureSegment | undefined {
  const key = members.key();
  members.requiredString("name");
  members.string("description");
  const matchType = members.requiredOneOf("match_type", MATCH_TYPES);
  const constraints = members.objects("constraints", "a constraint", CONSTRAINT_MEMBERS)
    .flatMap((constraint) => readConstraint(constraint, allowsLists, problems) ?? []);
  return key && { key, matchType: matchType ?? "ALL_MATCH_TYPE", constraints, problems };
}
