// The option `url` where it names a Unix socket.

/**
 * The URL that paths of requests follow, for a socket such as `unix:/run/flipt.sock`; `undefined` for every other URL. Its
 * colon at the end says where the path of the socket ends.
 */
export function socketUrl(url: string): string | undefined {
  const [, path] = /^\s*unix:(?:\/\/)?(\/[^?#]*[^?#/\s])\s*$/i.exec(url) ?? [];
  return path && `unix:${encodeURI(path)}:`;
}

/** What is wrong with a URL that is meant to name a socket, and does not; `undefined` for every other URL. */
export function socketProblem(url: string): string | undefined {
  return url.startsWith("unix:")
    ? "must have an absolute path after unix:, such as unix:/run/flipt.sock"
    : undefined;
}
