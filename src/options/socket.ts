// The option `url` where it names a Unix socket.

/**
 * The URL that paths of requests follow, for a socket such as `unix:/run/flipt.sock`; `undefined` for every other URL. Its
 * colon at the end says where the path of the socket ends.
 */
export function socketUrl(url: string): string | undefined {
  const [, path] = /^\s*unix:(?:\/\/)?(\/[^?#]*[^?#/\s])\s*$/i.exec(url) ?? [];
  return path && `unix:${encodeURI(path)}:`;
}
