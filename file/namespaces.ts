// The declarations of a namespace, collected from all of its documents.

import type { DocumentConstraint, DocumentFlag } from "../engines/document.ts";
import type { FeatureFlag } from "./flags.ts";
import type { PlacedString } from "./members.ts";
import type { FileProblems } from "./problems.ts";

/** A segment as a file declares it. */
export interface FeatureSegment {
  /** The key and its place. */
  readonly key: PlacedString;
  /** The file, and its problems. */
  readonly problems: FileProblems;
  /** Whether all or any of its constraints must match. */
  readonly matchType: MatchType;
  /** The constraints, as a server sends them. */
  readonly constraints: readonly DocumentConstraint[];
}

/** The flags and segments of one namespace. */
export interface Namespace {
  /** The key of the namespace. */
  readonly key: string;
  /** The flags, as a server sends them, in order. */
  readonly flags: DocumentFlag[];
  /** The flags, as declared, by key. */
  readonly declared: Map<string, FeatureFlag>;
  /** The segments by key. */
  readonly segments: Map<string, FeatureSegment>;
  /** References to segments that no document has declared so far. */
  readonly missing: MissingSegment[];
}

/** A reference to a segment that no document has declared so far. */
export interface MissingSegment {
  /** The key and the place of the reference. */
  readonly key: PlacedString;
  /** The file, and its problems. */
  readonly problems: FileProblems;
}

/** The match types of segments. */
export const MATCH_TYPES = ["ALL_MATCH_TYPE", "ANY_MATCH_TYPE"] as const;

/** How the constraints of a segment are combined. */
export type MatchType = typeof MATCH_TYPES[number];

/** The server whose documents are created. */
export type ServerVersion = "v1" | "v2";
