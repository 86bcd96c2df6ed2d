// Streams that flood, flip and damage.

import { chunk, streamHead } from "../../../tests/support/fault_server.ts";
import { type Attack, concat, otherDigest, pour, repeat } from "../attack.ts";

/** Sends pieces as chunks of a stream, again and again where they do not end. */
function stream(pieces: (good: string) => Iterable<string>): Attack["run"] {
  return ({ socket }, good) => {
    socket.write(streamHead);
    pour(socket, chunksOf(pieces(`{"result":${good}}\n`)));
  };
}

function* chunksOf(pieces: Iterable<string>): Generator<Uint8Array> {
  let last: { readonly piece: string; readonly bytes: Uint8Array } | undefined;
  for (const piece of pieces) {
    if (last?.piece !== piece) last = { piece, bytes: chunk(piece) };
    yield last.bytes;
  }
}

/** What a line can be instead of a flag state. */
const DAMAGES: readonly (readonly [name: string, line: string])[] = [
  ["cut", '{"result":{"namespace":{"key":"shop"},"flags":['],
  ["cut-behind-a-brace", '{"result":{"namespace":{"key":"shop"}'],
  ["garbage", "\u0000\u0007 garbage"],
  ["error", '{"error":{"code":13,"message":"rebuild failed"}}'],
  ["empty", '{"result":{}}'],
];

/** The attacks. */
export const STREAMS: readonly Attack[] = [
  ...DAMAGES.flatMap(([name, line]): Attack[] => [
    {
      name: `stream-${name}-first`,
      on: "stream",
      isQuick: name !== "empty",
      run: stream((good) => [`${line}\n`, good]),
    },
    { name: `stream-${name}-in-the-middle`, on: "stream", run: stream((good) => [good, `${line}\n`, good]) },
    { name: `stream-${name}-last`, on: "stream", run: stream((good) => [good, `${line}\n`]) },
  ]),
  {
    name: "stream-endless-errors",
    on: "stream",
    isQuick: true,
    run: stream(() => repeat('{"error":{"message":"no"}}\n'.repeat(1_000))),
  },
  {
    name: "stream-endless-empty-lines",
    on: "stream",
    isQuick: true,
    run: stream(() => repeat("\n".repeat(65_536))),
  },
  {
    name: "stream-few-empty-lines",
    on: "stream",
    run: stream((good) => concat([good], repeat("\n\n\r\n", 10_000))),
  },
  {
    name: "stream-endless-empty-results",
    on: "stream",
    run: stream(() => repeat('{"result":{}}\n'.repeat(1_000))),
  },
  {
    name: "stream-blanks-behind-a-document",
    on: "stream",
    isQuick: true,
    run: stream(() => concat(['{"result":{}}'], repeat(" ".repeat(65_536)))),
  },
  {
    name: "stream-blanks-of-one-byte",
    on: "stream",
    seconds: 2,
    run: stream(() => concat(['{"result":{}}'], repeat(" "))),
  },
  {
    name: "stream-braces-and-blanks",
    on: "stream",
    run: stream(() => concat(['{"result":{}}'], repeat(`${" ".repeat(3_000)}}`))),
  },
  {
    name: "stream-the-same-a-million-times",
    on: "stream",
    isBrokenOff: true,
    seconds: 2,
    run: stream((good) => repeat(good.repeat(100))),
  },
  {
    name: "stream-that-flips",
    on: "stream",
    isQuick: true,
    isBrokenOff: true,
    run: stream((good) => {
      // Another digest each time; the flags that are asked for are alike.
      const other = otherDigest(good);
      return repeat((good + other).repeat(100));
    }),
  },
  {
    name: "stream-that-flips-line-by-line",
    on: "stream",
    isBrokenOff: true,
    seconds: 2,
    run: stream((good) => {
      const other = otherDigest(good);
      return flip(good, other);
    }),
  },
];

function* flip(first: string, second: string): Generator<string> {
  for (;;) {
    yield first;
    yield second;
  }
}
