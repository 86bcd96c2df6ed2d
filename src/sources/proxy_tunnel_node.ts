// A tunnel through an HTTP proxy (CONNECT). Loaded only where the option `tls` has a proxy.

import type { Socket } from "node:net";
import { decoded } from "../../core/decoded.ts";
import { FetchError } from "../../core/errors.ts";
import { reasonOf } from "./response_body.ts";

/** The most that a proxy may send before the tunnel is open, in bytes. */
const MAX_HEAD_BYTES = 16_384;

/** What a proxy answers that another attempt does not change. */
const FINAL_STATUSES: readonly number[] = [400, 401, 403, 404, 405, 407, 501];

/**
 * Asks the proxy for a tunnel to `target` as soon as the socket to it is connected, and settles when the tunnel is open.
 * @throws {FetchError} (rejects) when there is no tunnel.
 */
export async function connectThrough(
  socket: Socket,
  proxy: URL,
  target: string,
  url: string,
): Promise<void> {
  // Without user and password.
  const name = `the proxy ${proxy.host}`;
  const request = `${requestLines(proxy, target).join("\r\n")}\r\n\r\n`;
  let head: string;
  try {
    head = await headOf(socket, () => socket.write(request));
  } catch (cause) {
    throw new FetchError(`could not reach ${url} through ${name}: ${reasonOf(cause)}`, {
      url,
      retryable: true,
      cause,
    });
  }
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
  if (status >= 200 && status < 300) return;
  const hint = status === 407 ? "; it requires a user and password: http://user:password@…" : "";
  const answer = Number.isNaN(status) ? "with something that is not HTTP" : `${status}`;
  throw new FetchError(`${name} answered ${answer} when it was asked for a tunnel to ${target}${hint}`, {
    url,
    retryable: !FINAL_STATUSES.includes(status),
  });
}

function requestLines(proxy: URL, target: string): string[] {
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
  if (proxy.username !== "" || proxy.password !== "") {
    const credentials = `${decoded(proxy.username)}:${decoded(proxy.password)}`;
    const bytes = new TextEncoder().encode(credentials);
    lines.push(`Proxy-Authorization: Basic ${btoa(String.fromCharCode(...bytes))}`);
  }
  return lines;
}

/** What the proxy sends up to the end of a head; nothing follows it, since the server waits for the client. */
function headOf(socket: Socket, onConnect: () => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = "";
    const settle = (outcome: () => void): void => {
      socket.off("data", onData);
      socket.off("error", onError);
      socket.off("close", onClose);
      outcome();
    };
    const onData = (bytes: Uint8Array): void => {
      head += new TextDecoder("latin1").decode(bytes);
      if (head.includes("\r\n\r\n")) settle(() => resolve(head));
      else if (head.length > MAX_HEAD_BYTES) settle(() => reject(new Error("its response has no end")));
    };
    const onError = (error: Error): void => settle(() => reject(error));
    const onClose = (): void => settle(() => reject(new Error("it closed the connection")));
    socket.on("data", onData);
    socket.on("error", onError);
    socket.on("close", onClose);
    socket.once("connect", onConnect);
  });
}
