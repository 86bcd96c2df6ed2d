// Reads flags and their variants, whose members depend on the version of the format.

import type { Members, PlacedString } from "./members.ts";
import type { FileProblems } from "./problems.ts";
import { readRollout, readRule } from "./rules.ts";
import type { FeatureRollout, FeatureRule } from "./rules.ts";
import { describeNode, quoted } from "./tree.ts";
import type { Node } from "./tree.ts";
import type { FeatureVersion } from "./versions.ts";

/** A flag as a file declares it. */
export interface FeatureFlag {
  /** The key and its place. */
  readonly key: PlacedString;
  /** The file, and its problems. */
  readonly problems: FileProblems;
  /** Its type. */
  readonly type: FeatureFlagType;
  /** Whether it is enabled. Also the default value of a boolean flag. */
  readonly enabled: boolean;
  /** The variants by key. */
  readonly variants: ReadonlyMap<string, FeatureVariant>;
  /** The variant when no rule matches. */
  readonly defaultVariant: FeatureVariant | undefined;
  /** The rules, in order. */
  readonly rules: readonly FeatureRule[];
  /** The rollouts, in order. */
  readonly rollouts: readonly FeatureRollout[];
}

/** A variant as a file declares it. */
export interface FeatureVariant {
  /** The key. */
  readonly key: string;
  /** The attachment, if it has one. */
  readonly attachment: Node | undefined;
}

/** The type of a flag. */
export type FeatureFlagType = typeof FLAG_TYPES[number];

const FLAG_TYPES = ["VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"] as const;
const RULE_MEMBERS = ["segment", "distributions", "rank"] as const;
const ROLLOUT_MEMBERS = ["segment", "threshold", "description"] as const;

/** The version of the format that introduced a member of flags or variants. */
const INTRODUCED: Readonly<Record<string, FeatureVersion>> = {
  type: "1.1",
  rollouts: "1.1",
  metadata: "1.3",
  default: "1.3",
};

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

/** Reads the flags of a document. */
export function readFlags(document: Members, version: FeatureVersion, problems: FileProblems): FeatureFlag[] {
  return document.objects("flags", "a flag", FLAG_MEMBERS)
    .flatMap((members) => readFlag(members, version, problems) ?? []);
}

function readFlag(
  members: Members,
  version: FeatureVersion,
  problems: FileProblems,
): FeatureFlag | undefined {
  checkVersion(members, "a flag", FLAG_MEMBERS, version, problems);
  const key = members.key();
  members.requiredString("name");
  members.string("description");
  const metadata = members.node("metadata");
  if (metadata !== undefined) checkMetadata(metadata, problems);
  const type = members.oneOf("type", FLAG_TYPES);
  const enabled = members.boolean("enabled");
  const { variants, defaultVariant } = readVariants(members, version, problems);
  const rules = members.objects("rules", "a rule", RULE_MEMBERS)
    .flatMap((rule) => readRule(rule, variants, problems) ?? []);
  const isBoolean = type === "BOOLEAN_FLAG_TYPE";
  if (isBoolean) warnOfIgnored(members, problems);
  else if (members.isPresent("rollouts") && version >= "1.1") {
    problems.add(
      members.placeOf("rollouts"),
      `a flag of type ${type} has variants and rules, not rollouts: remove rollouts, or write ` +
        "type: BOOLEAN_FLAG_TYPE",
    );
  }
  const rollouts = isBoolean
    ? members.objects("rollouts", "a rollout", ROLLOUT_MEMBERS).flatMap((rollout) =>
      readRollout(rollout, problems) ?? []
    )
    : [];
  return key && { key, problems, type, enabled, variants, defaultVariant, rules, rollouts };
}

function warnOfIgnored(members: Members, problems: FileProblems): void {
  for (const name of ["variants", "rules"]) {
    if (members.list(name).length === 0) continue;
    problems.warn(
      members.placeOf(name),
      "ignored-member",
      `servers ignore the ${name} of a flag of type BOOLEAN_FLAG_TYPE, which has rollouts: remove ${name}, or ` +
        "write type: VARIANT_FLAG_TYPE",
    );
  }
}

function checkVersion(
  members: Members,
  what: string,
  names: readonly string[],
  version: FeatureVersion,
  problems: FileProblems,
): void {
  for (const name of names) {
    const first = INTRODUCED[name];
    if (first === undefined || version >= first || !members.isPresent(name)) continue;
    problems.add(
      members.placeOf(name),
      `${name} of ${what} needs version ${first} of the format, and this file has ${version}: ` +
        `write version: "${first}" or later, or remove ${name}`,
    );
  }
}

function checkMetadata(metadata: Node, problems: FileProblems): void {
  if (metadata.kind !== "map") {
    problems.add(metadata.at, `metadata of a flag must be an object, not ${describeNode(metadata)}`);
    return;
  }
  for (const { key, at, value } of metadata.entries) {
    if (value.kind !== "scalar" || value.value !== null) continue;
    problems.add(at, `${quoted(key)} of metadata cannot be null: add a value, or remove it`);
  }
}

function readVariants(
  flag: Members,
  version: FeatureVersion,
  problems: FileProblems,
): Pick<FeatureFlag, "variants" | "defaultVariant"> {
  const variants = new Map<string, FeatureVariant>();
  let defaultVariant: FeatureVariant | undefined;
  for (const members of flag.objects("variants", "a variant", VARIANT_MEMBERS)) {
    checkVersion(members, "a variant", VARIANT_MEMBERS, version, problems);
    const key = members.requiredString("key");
    members.line("name");
    members.string("description");
    const isDefault = members.boolean("default");
    const attachment = members.node("attachment");
    if (attachment !== undefined) checkAttachment(attachment, problems);
    if (key === undefined) continue;
    const variant = { key: key.value, attachment };
    if (variants.has(key.value)) {
      problems.warn(
        key.at,
        "duplicate",
        `the flag already has a variant ${
          quoted(key.value)
        }, which is used: remove one or give it another key`,
      );
    } else variants.set(key.value, variant);
    if (!isDefault) continue;
    if (defaultVariant !== undefined) {
      problems.warn(
        members.placeOf("default"),
        "duplicate",
        `a flag has only one default variant, and this one replaces ${
          quoted(defaultVariant.key)
        }: remove one`,
      );
    }
    defaultVariant = variant;
  }
  return { variants, defaultVariant };
}

function checkAttachment(attachment: Node, problems: FileProblems): void {
  if (attachment.kind === "scalar") {
    problems.add(
      attachment.at,
      `attachment of a variant must be an object or a list, not ${describeNode(attachment)}`,
    );
  } else checkAttached(attachment, problems);
}

/** Adds a problem for each part of an attachment that a server cannot convert to JSON. */
function checkAttached(node: Node, problems: FileProblems): void {
  if (node.kind === "list") { for (const item of node.items) checkAttached(item, problems); }
  else if (node.kind === "map") {
    for (const { key, at, isString, value } of node.entries) {
      if (!isString) {
        problems.add(
          at,
          `the name ${
            key === "" ? "of a member" : key
          } in an attachment must be a string: put it in quotes, "${key}"`,
        );
      }
      checkAttached(value, problems);
    }
  } else if (node.time !== undefined) {
    problems.add(
      node.at,
      `an attachment cannot contain a date: put it in quotes, "${node.source}", to make it a string`,
    );
  }
}
