// Lints documents and snapshots, from a file or a client. Findings in JSON have a line and column, those in a snapshot
// do not.

import { parseDocument } from "../../engines/document_parsing.ts";
import type { DocumentSegment, FlagDocument } from "../../engines/document.ts";
import { readJson } from "../../file/json.ts";
import { FileProblems, Findings } from "../../file/problems.ts";
import type { Node } from "../../file/tree.ts";
import { documentOf } from "../document.ts";
import { cliMessage } from "../errors.ts";
import type { LocatedFinding, Locator } from "./finding.ts";
import { located, problemFindings } from "./finding.ts";
import { itemsOf, memberOf, textOf } from "./nodes.ts";
import type { Place, PlacedSegment } from "./rule.ts";
import { findingsIn } from "./rules.ts";

/** Lints a document. */
export function lintDocument(
  document: FlagDocument,
  source: string,
  now: number,
  file?: { readonly locate: Locator },
): LocatedFinding[] {
  const subject = { document, segments: segmentsOf(document), declared: undefined, now };
  const locate = file?.locate ?? (() => undefined);
  return located(findingsIn(subject), source, file !== undefined, document.namespace.key, locate);
}

/** Lints the text of a file with a document or a snapshot. */
export function lintDocumentText(text: string, file: string, now: number): LocatedFinding[] {
  const clean = text.replace(/^\ufeff/, "");
  try {
    if (!clean.trimStart().startsWith("{")) {
      return lintDocument(documentOf(clean.trim()), file, now, { locate: () => undefined });
    }
    const document = parseDocument(new TextEncoder().encode(clean));
    return lintDocument(document, file, now, { locate: locatorOf(clean, file) });
  } catch (error) {
    const message = cliMessage(error).replace("; the flag state stays as it was", "");
    return problemFindings([{ file, line: undefined, column: undefined, message }]);
  }
}

/** Returns the distinct segments. A document can have several with the same key but different content. */
function segmentsOf({ flags }: FlagDocument): PlacedSegment[] {
  const found = new Map<string, PlacedSegment>();
  const add = (segments: readonly DocumentSegment[] | null | undefined, place: Place): void => {
    for (const segment of segments ?? []) {
      const { key, matchType, constraints } = segment;
      const content = JSON.stringify([key, matchType, constraints]);
      if (!found.has(content)) found.set(content, { segment, place: { ...place, segment: key } });
    }
  };
  for (const [index, flag] of flags.entries()) {
    const place = { flag: flag.key, index };
    flag.rules?.forEach(({ segments }, rule) => add(segments, { ...place, rule }));
    flag.rollouts?.forEach(({ segment }, rollout) => add(segment?.segments, { ...place, rollout }));
  }
  return [...found.values()];
}

function locatorOf(text: string, file: string): Locator {
  const own = new FileProblems(file, text, new Findings(), true);
  const tree = readJson(text, own);
  return (place) => {
    const node = nodeAt(tree, place);
    return node && { file, ...own.place(node.at) };
  };
}

function nodeAt(
  tree: Node | undefined,
  { flag, index, rule, rollout, distribution, segment, constraint }: Place,
): Node | undefined {
  const isFlag = (node: Node): boolean => textOf(node, "key") === flag;
  const flags = itemsOf(tree, "flags");
  const owner = index === undefined ? flags.findLast(isFlag) : flags[index];
  const part = rule === undefined
    ? rollout === undefined ? undefined : itemsOf(owner, "rollouts")[rollout]
    : itemsOf(owner, "rules")[rule];
  if (part === undefined) return memberOf(owner, "key");
  if (distribution !== undefined) return itemsOf(part, "distributions")[distribution];
  if (segment === undefined) return part;
  const holder = rule === undefined ? memberOf(part, "segment") : part;
  const found = itemsOf(holder, "segments").findLast((node) => textOf(node, "key") === segment);
  return constraint === undefined ? memberOf(found, "key") : itemsOf(found, "constraints")[constraint];
}
