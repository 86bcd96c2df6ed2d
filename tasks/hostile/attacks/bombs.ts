// What is small on the wire and large behind it.

import { gzipSync } from "node:zlib";
import { responseText } from "../../../tests/support/fault_server.ts";
import { answer, type Attack, chunked, otherDigest, repeat } from "../attack.ts";

const BLANKS = " ".repeat(65_536);

/** A gzip of so many times a text, behind a beginning. */
function gzipOf(begin: string, text: string, count: number): Uint8Array {
  return gzipSync(begin + text.repeat(count), { level: 9 });
}

/** A response that is compressed. */
function compressed(bytes: () => Uint8Array): Attack["run"] {
  let made: Uint8Array | undefined;
  return ({ socket }) => {
    made ??= bytes();
    socket.write(
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n` +
        `Content-Length: ${made.length}\r\n\r\n`,
    );
    socket.write(made);
  };
}

/** The attacks. */
export const BOMBS: readonly Attack[] = [
  {
    name: "gzip-of-blanks",
    on: "snapshot",
    isQuick: true,
    run: compressed(() => gzipOf("{", BLANKS, 2_000)),
  },
  {
    name: "gzip-of-a-text",
    on: "snapshot",
    run: compressed(() => gzipOf('{"x":"', "x".repeat(65_536), 2_000)),
  },
  {
    name: "gzip-of-rollouts",
    on: "snapshot",
    maxMegabytes: 400,
    run: compressed(() =>
      gzipOf(
        '{"namespace":{"key":"shop"},"flags":[{"key":"x","name":"","type":"BOOLEAN_FLAG_TYPE","enabled":true,"rollouts":[{}',
        ",{}",
        5_000_000,
      )
    ),
  },
  {
    name: "gzip-in-gzip",
    on: "snapshot",
    run: ({ socket }) => {
      const bytes = gzipSync(gzipOf("{", BLANKS, 1_000));
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: ${bytes.length}\r\n\r\n`,
      );
      socket.write(bytes);
    },
  },
  {
    name: "gzip-that-is-none",
    on: "snapshot",
    isQuick: true,
    run: ({ socket }) =>
      void socket.write(responseText(200, { "Content-Encoding": "gzip" }, "not a gzip at all")),
  },
  {
    name: "gzip-that-is-cut",
    on: "snapshot",
    run: ({ socket }, good) => {
      const bytes = gzipSync(good);
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bytes.length >> 1}\r\n\r\n`,
      );
      socket.write(bytes.subarray(0, bytes.length >> 1));
    },
  },
  {
    name: "nested-lists",
    on: "snapshot",
    isQuick: true,
    // JavaScript's own parser reads up to a megabyte in one piece.
    maxGapMs: 200,
    run: answer(`{"namespace":{"key":"shop"},"flags":[],"x":${"[".repeat(1_000_000)}`),
  },
  {
    name: "nested-objects-that-close",
    on: "snapshot",
    run: (exchange, good) => {
      const nested = `${'{"x":'.repeat(500_000)}1${"}".repeat(500_000)}`;
      answer(otherDigest(`{"x":${nested},${good.slice(1)}`))(exchange, good);
    },
  },
  {
    name: "chunks-of-one-byte",
    on: "snapshot",
    seconds: 2,
    maxGapMs: 100,
    // Deno's parser of HTTP makes an object of almost a kilobyte of each chunk, which waits for the collector.
    maxMegabytes: 250,
    run: chunked((good) => [...repeat(" ", 200_000), good]),
  },
  {
    name: "stream-gzip-of-blanks",
    on: "stream",
    run: ({ socket }) => {
      const bytes = gzipOf('{"result":{}', BLANKS, 2_000);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bytes.length}\r\n\r\n`);
      socket.write(bytes);
    },
  },
];
