// Status lines and headers that lie or lead astray.

import { responseText } from "../../../tests/support/fault_server.ts";
import { type Attack, repeat } from "../attack.ts";

function status(code: number, headers: Readonly<Record<string, string>> = {}, body = "{}"): Attack["run"] {
  return ({ socket }) => void socket.write(responseText(code, headers, body));
}

function raw(text: string): Attack["run"] {
  return ({ socket }) => void socket.end(text);
}

/** The attacks. */
export const HEADS: readonly Attack[] = [
  {
    name: "etag-of-8-kb",
    on: "snapshot",
    isQuick: true,
    run: ({ socket }, good) => void socket.write(responseText(200, { ETag: "e".repeat(8_192) }, good)),
  },
  {
    name: "etag-of-1-mb",
    on: "snapshot",
    run: ({ socket }, good) => void socket.write(responseText(200, { ETag: "e".repeat(1_048_576) }, good)),
  },
  {
    name: "etag-with-controls",
    on: "snapshot",
    run: ({ socket }, good) => void socket.write(responseText(200, { ETag: '"\u0001\u00ff\t"' }, good)),
  },
  {
    name: "redirect-to-another-origin",
    on: "snapshot",
    isQuick: true,
    run: status(302, { Location: "http://127.0.0.1:1/elsewhere" }),
  },
  { name: "redirect-to-a-file", on: "snapshot", run: status(302, { Location: "file:///etc/passwd" }) },
  {
    name: "redirect-in-a-circle",
    on: "snapshot",
    isQuick: true,
    run: ({ request, socket }) => void socket.write(responseText(307, { Location: request.path })),
  },
  {
    name: "redirect-to-ever-more",
    on: "snapshot",
    run: ({ request, socket }) =>
      void socket.write(responseText(308, { Location: `${request.path}${"x".repeat(500)}` })),
  },
  { name: "redirect-to-nowhere", on: "snapshot", run: status(301) },
  { name: "304-that-nobody-asked-for", on: "snapshot", run: raw("HTTP/1.1 304 Not Modified\r\n\r\n") },
  { name: "status-999", on: "snapshot", run: status(999) },
  { name: "no-http", on: "snapshot", isQuick: true, run: raw("\0\u0001SSH-2.0-OpenSSH\r\n\r\n") },
  {
    // One that is long is honoured, up to ten minutes: the client is not fresh any sooner.
    name: "retry-after-of-no-time",
    on: "snapshot",
    run: status(503, { "Retry-After": "0" }),
  },
  { name: "retry-after-of-nonsense", on: "snapshot", run: status(429, { "Retry-After": "-1e400" }) },
  {
    name: "length-that-is-too-long",
    on: "snapshot",
    run: ({ socket }, good) =>
      void socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${good.length * 2}\r\n\r\n${good}`),
  },
  {
    name: "length-that-is-too-short",
    on: "snapshot",
    run: ({ socket }, good) =>
      void socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${good.length >> 1}\r\n\r\n${good}`),
  },
  {
    name: "two-lengths",
    on: "snapshot",
    run: ({ socket }, good) =>
      void socket.end(
        `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: ${good.length}\r\n\r\n${good}`,
      ),
  },
  {
    name: "ten-thousand-headers",
    on: "snapshot",
    run: ({ socket }, good) => {
      const headers = [...repeat("X: y\r\n", 10_000)].join("");
      socket.write(`HTTP/1.1 200 OK\r\n${headers}Content-Length: ${good.length}\r\n\r\n${good}`);
    },
  },
  { name: "reset", on: "snapshot", isQuick: true, run: ({ socket }) => void socket.destroy() },
];
