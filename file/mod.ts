/**
 * Flags from files in Flipt's declarative format, without a server: for development, tests, and programs that ship
 * their flags.
 *
 * @example
 * ```ts ignore
 * import { FliptClient } from "@flipt-ffi/client";
 * import { fileSource } from "@flipt-ffi/client/file";
 *
 * const client = await FliptClient.init({
 *   source: fileSource("./features.yml", { watch: true }),
 *   namespace: "shop",
 * });
 * ```
 *
 * @module
 */

export { fileSource } from "./source.ts";
export type { FileSourceOptions } from "./source.ts";
export { snapshotSource } from "./snapshot_source.ts";
export type { SnapshotSourceOptions } from "./snapshot_source.ts";
export { documentFromFeatures, readDocument, readDocuments } from "./read.ts";
export type { FeaturesOptions, FeaturesPaths, FeaturesTextOptions, NamespaceOptions } from "./read.ts";
export type { FeaturesFormat } from "./text.ts";
export type { Layout } from "./layout.ts";
export { FeaturesError } from "./problems.ts";
export type { FeaturesProblem } from "./problems.ts";
export { WARNING_RULES, warningLine } from "./warnings.ts";
export type { FeaturesWarning, WarningListener, WarningRule } from "./warnings.ts";
export type {
  DocumentConstraint,
  DocumentDistribution,
  DocumentFlag,
  DocumentNamespace,
  DocumentRollout,
  DocumentRolloutSegment,
  DocumentRule,
  DocumentSegment,
  DocumentVariant,
  FlagDocument,
} from "../engines/document.ts";
export type { DocumentRequest, DocumentSource, VersionedDocument } from "../src/options/document_source.ts";
export { DocumentError, FetchError, FliptError, ValidationError } from "../core/errors.ts";
