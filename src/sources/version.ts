// Which state this is: the one place that says whether two are the same.

/** What tells states apart, as far as it is known. */
export interface Version {
  /** The server's ETag, where it proves something: byte for byte what goes back in `If-None-Match`. */
  readonly etag?: string;
  /** The digest inside the document. */
  readonly digest?: string;
  /** The fingerprint of the document's bytes, where there is no ETag to rely on. */
  readonly fingerprint?: string;
}

/** Whether something that is known of both shows that they are the same. */
export function isSame(version: Version, other: Version | undefined): boolean {
  return isEqual(version.etag, other?.etag) || isEqual(version.digest, other?.digest) ||
    isEqual(version.fingerprint, other?.fingerprint);
}

function isEqual(value: string | undefined, other: string | undefined): boolean {
  return value !== undefined && value === other;
}
