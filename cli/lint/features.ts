// Lints files in Flipt's declarative format: reads them like the file source, reports their problems, and locates
// findings by line and column.

import { documentOf } from "../../file/document.ts";
import type { FeatureFlag } from "../../file/flags.ts";
import { serverOf } from "../../file/layout.ts";
import type { Layout } from "../../file/layout.ts";
import { locate } from "../../file/locate.ts";
import type { FeatureSegment, Namespace, ServerVersion } from "../../file/namespaces.ts";
import { Findings } from "../../file/problems.ts";
import type { FileProblems } from "../../file/problems.ts";
import { namespacesOf } from "../../file/read.ts";
import type { ReadTrees } from "../../file/text.ts";
import { readTrees } from "../../file/text.ts";
import type { Node } from "../../file/tree.ts";
import { warningFindings } from "./file_warnings.ts";
import type { LocatedFinding, Position } from "./finding.ts";
import { located, problemFindings } from "./finding.ts";
import { itemsOf, memberOf } from "./nodes.ts";
import type { Place, Subject } from "./rule.ts";
import { findingsIn } from "./rules.ts";

/** The result of linting files. */
export interface LintedFiles {
  /** The findings. */
  readonly findings: readonly LocatedFinding[];
  /** The linted namespaces. */
  readonly namespaces: readonly string[];
}

/**
 * Lints files and folders, which are read together.
 * @param only The namespace to lint. @default all
 * @param layout The files to read in a folder, and with `v1` the document of a v1 server.
 * @throws {FliptError} (rejects) when a file is YAML and the package `yaml` is not installed.
 */
export async function lintFeatures(
  paths: readonly string[],
  only: string | undefined,
  now: number,
  layout: Layout = "both",
): Promise<LintedFiles> {
  const ofFiles = new Findings();
  const { files } = await locate(paths, layout, ofFiles);
  const read: ReadTrees[] = [];
  for (const file of files) {
    const trees = await readTrees(file, ofFiles);
    if (trees !== undefined) read.push(trees);
  }
  const server = serverOf(layout);
  const chosen = [...namespacesOf(read, server, ofFiles)].filter(([key]) =>
    only === undefined || key === only
  );
  const findings = chosen.flatMap(([key, namespace]) => {
    const positionOf = (place: Place): Position | undefined => new Places(namespace, read).positionOf(place);
    // Reading files warns of duplicates, each at its own place.
    const found = findingsIn(subjectOf(namespace, server, now)).filter(({ rule }) =>
      rule !== "duplicate-key"
    );
    return located(found, paths.join(", "), true, key, positionOf);
  });
  return {
    findings: [...problemFindings(ofFiles.problems), ...warningFindings(ofFiles.warnings), ...findings],
    namespaces: chosen.map(([key]) => key),
  };
}

function subjectOf(namespace: Namespace, server: ServerVersion, now: number): Subject {
  const segments = Array.from(namespace.segments.values(), ({ key, matchType, constraints }) => ({
    segment: {
      key: key.value,
      matchType: matchType.replace("_MATCH_TYPE", "_SEGMENT_MATCH_TYPE"),
      constraints,
    },
    place: { segment: key.value },
  }));
  const flags = [...namespace.declared.values()];
  const declared = {
    variants: new Map(flags.map(({ key, variants }) => [key.value, [...variants.keys()]])),
    named: new Set(flags.flatMap(segmentsNamedBy)),
  };
  return { document: documentOf(namespace, server), segments, declared, now };
}

function segmentsNamedBy({ rules, rollouts }: FeatureFlag): string[] {
  const names = [
    ...rules.map(({ segments }) => segments),
    ...rollouts.flatMap((rollout) => rollout.kind === "segment" ? [rollout.segments] : []),
  ];
  return names.flatMap(({ keys }) => keys.map(({ value }) => value));
}

/** Locates the parts of a namespace in its files. */
class Places {
  readonly #namespace: Namespace;
  readonly #read: readonly ReadTrees[];

  constructor(namespace: Namespace, read: readonly ReadTrees[]) {
    this.#namespace = namespace;
    this.#read = read;
  }

  /** Returns the position of a place. */
  positionOf(place: Place): Position | undefined {
    const { flag, segment } = place;
    if (flag !== undefined) {
      const declared = this.#namespace.declared.get(flag);
      return declared && this.#positionIn(declared, "flags", (node) => {
        const { rules, rollouts, variants } = declared;
        if (place.variant !== undefined) {
          // With duplicate keys, the position is that of the flag.
          return itemAt(node, "variants", [...variants.keys()].indexOf(place.variant), variants.size);
        }
        const rule = itemAt(node, "rules", place.rule, rules.length);
        const distributions = rules[place.rule ?? -1]?.distributions.length ?? 0;
        return itemAt(rule, "distributions", place.distribution, distributions) ?? rule ??
          itemAt(node, "rollouts", place.rollout, rollouts.length);
      });
    }
    const declared: FeatureSegment | undefined = this.#namespace.segments.get(segment ?? "");
    return declared &&
      this.#positionIn(
        declared,
        "segments",
        (node) => itemAt(node, "constraints", place.constraint, declared.constraints.length),
      );
  }

  /** Returns the position of what `inner` finds in the object of a flag or segment, or else of its key. */
  #positionIn(
    { key: { at }, problems }: { readonly key: { readonly at: number }; readonly problems: FileProblems },
    list: "flags" | "segments",
    inner: (node: Node) => Node | undefined,
  ): Position {
    const trees = this.#read.find((read) => read.problems === problems)?.trees ?? [];
    const node = trees.flatMap((tree) => itemsOf(tree, list)).find((item) =>
      memberOf(item, "key")?.at === at
    );
    const found = node && inner(node);
    return { file: problems.file, ...problems.place(found?.at ?? at) };
  }
}

/** Returns an element of a list, if all elements were valid: invalid ones are skipped when a file is read. */
function itemAt(
  node: Node | undefined,
  name: string,
  number: number | undefined,
  read: number,
): Node | undefined {
  const items = itemsOf(node, name);
  return number === undefined || items.length !== read ? undefined : items[number];
}
