// What does not end, or hardly begins.

import { streamHead } from "../../../tests/support/fault_server.ts";
import { type Attack, chunkedHead, concat, drip, pour, repeat } from "../attack.ts";

const HEADER = `X-Filler: ${"x".repeat(1_000)}\r\n`;
const MEGABYTE = `${(1_048_576).toString(16)}\r\n${" ".repeat(1_048_576)}\r\n`;

/** The attacks. */
export const ENDLESS: readonly Attack[] = [
  {
    name: "endless-head",
    on: "snapshot",
    isQuick: true,
    run: ({ socket }) => pour(socket, concat(["HTTP/1.1 200 OK\r\n"], repeat(HEADER))),
  },
  {
    name: "endless-header",
    on: "snapshot",
    run: ({ socket }) => pour(socket, concat(["HTTP/1.1 200 OK\r\nX-Filler: "], repeat("x".repeat(1_000)))),
  },
  {
    name: "endless-status-line",
    on: "snapshot",
    run: ({ socket }) => pour(socket, concat(["HTTP/1.1 200 "], repeat("OK".repeat(500)))),
  },
  {
    name: "endless-interim-answers",
    on: "snapshot",
    seconds: 2,
    // The runtimes' fetch reads them all; a request ends by its timeout.
    maxGapMs: 1_000,
    run: ({ socket }) => pour(socket, repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(10))),
  },
  {
    name: "endless-body",
    on: "snapshot",
    isQuick: true,
    run: ({ socket }) => pour(socket, concat([chunkedHead()], repeat(MEGABYTE))),
  },
  {
    name: "endless-text",
    on: "snapshot",
    run: ({ socket }) => {
      socket.write(chunkedHead());
      pour(socket, concat(['6\r\n{"x":"\r\n'], repeat(`10000\r\n${"x".repeat(65_536)}\r\n`)));
    },
  },
  {
    name: "endless-error-body",
    on: "snapshot",
    isQuick: true,
    run: ({ socket }) => {
      socket.write("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n");
      pour(socket, repeat(MEGABYTE));
    },
  },
  {
    name: "endless-chunk-extension",
    on: "snapshot",
    run: ({ socket }) => pour(socket, concat([chunkedHead(), "5;x="], repeat("x".repeat(1_000)))),
  },
  {
    name: "endless-trailers",
    on: "snapshot",
    run: ({ socket }) => pour(socket, concat([chunkedHead(), "0\r\n"], repeat(HEADER))),
  },
  {
    name: "slow-head",
    on: "snapshot",
    seconds: 2.5,
    run: ({ socket }) => drip(socket, concat("HTTP/1.1 200 OK\r\n", repeat("x")), 20),
  },
  {
    name: "slow-body",
    on: "snapshot",
    seconds: 2.5,
    run: ({ socket }) => {
      socket.write(chunkedHead());
      drip(socket, repeat("1\r\n \r\n"), 20);
    },
  },
  { name: "silence", on: "snapshot", seconds: 2.5, run: () => {} },
  {
    name: "stream-silence",
    on: "stream",
    isQuick: true,
    run: () => {},
  },
  {
    name: "stream-endless-line",
    on: "stream",
    isQuick: true,
    run: ({ socket }) => {
      socket.write(streamHead);
      pour(socket, concat(['a\r\n{"result":\r\n'], repeat(`10000\r\n${"x".repeat(65_536)}\r\n`)));
    },
  },
  {
    name: "stream-endless-nonsense",
    on: "stream",
    run: ({ socket }) => {
      socket.write(streamHead);
      pour(socket, repeat(`10000\r\n${"x".repeat(65_536)}\r\n`));
    },
  },
  {
    name: "stream-slow-line",
    on: "stream",
    seconds: 2,
    run: ({ socket }) => {
      socket.write(streamHead);
      drip(socket, concat(['a\r\n{"result":\r\n'], repeat("1\r\n \r\n")), 10);
    },
  },
];
