// Where a relay listens: a port, a port of an address, or a Unix socket.

import { ValidationError } from "../core/errors.ts";

/** Where to listen. */
export type Address =
  | { readonly path: string }
  | { readonly port: number; readonly hostname: string };

const TCP = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]/]*)):(\d{1,5})$/;
const ALL_INTERFACES = "0.0.0.0";

/**
 * Parses an address: `:8080` (on all interfaces), `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/flipt.sock`.
 * @throws {ValidationError} when it is none of these.
 */
export function addressOf(text: string): Address {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
    if (path.startsWith("/")) return { path };
  }
  const [, inBrackets, name, digits] = TCP.exec(text) ?? [];
  const port = Number(digits);
  if (digits !== undefined && port <= 65_535) {
    return { port, hostname: inBrackets ?? (name === undefined || name === "" ? ALL_INTERFACES : name) };
  }
  throw new ValidationError(
    "an address to listen on must be like :8080, 127.0.0.1:8080, [::1]:8080 or unix:/run/flipt.sock",
  );
}

/** Returns whether others than processes of this machine can reach an address. */
export function isPublic(address: Address): boolean {
  return "port" in address && !/^(127\.[\d.]+|localhost|::1)$/.test(address.hostname);
}
