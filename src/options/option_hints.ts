// What to do about options that are not usable, or too small. Pages have a stand-in that does not say it: browser/advice.ts.

/** By the option that the others cannot be given with, then by those. */
const REASONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  hooks: { hook: "add it to hooks" },
  fetcher: { headers: "a fetcher sends its own", 'fetchMode "streaming"': "a fetcher answers once" },
  'fetchMode "streaming"': { reference: "a stream only has the newest state" },
};

const REASONS_OF_ALL: Readonly<Record<string, string>> = {
  'updates "lazy"': "only touch() and refresh() fetch then",
  source: "a source is read in place of a server",
};

/** What to do about a limit of bytes that was exceeded, worded to follow that it was. */
export function sizeHint(): string {
  return ": if that is right, raise the option maxDocumentBytes";
}

/** Where credentials go, worded to follow that a URL has them. */
export function credentialsHint(): string {
  return "; use the authentication option";
}

/** What a token is usually wrong by, worded to follow that it is. */
export function tokenHint(): string {
  return ': give it alone, without a scheme such as "Bearer"';
}

/** Why `option` and `other` cannot both be given, worded to follow that. */
export function alternativeHint(option: string, other: string): string {
  const reason = REASONS[other]?.[option] ?? REASONS_OF_ALL[other];
  return reason === undefined ? "" : `: ${reason}`;
}
