// The versions of the file format.

/** The supported versions, from the oldest. */
export const VERSIONS = ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"] as const;

/** A version of the format. */
export type FeatureVersion = typeof VERSIONS[number];

/** The version of a file that does not name one. */
export const LATEST_VERSION: FeatureVersion = "1.6";
