// Several processes on one host: a small version of two stages of `deno task test:fleet`.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { hostWithRelay, hostWithSnapshot } from "../../tasks/fleet/hosts.ts";

const windows = process.platform === "win32";

test("processes behind a relay on a Unix socket have every change, also after it was killed", {
  skip: windows && "there are no Unix sockets on Windows",
}, async () => {
  const lines: string[] = [];
  await hostWithRelay({ processes: 4, changes: 3, tell: (line) => lines.push(line) });
  assert.match(
    lines.join("\n"),
    /4 processes, 3 changes[^]*after a killed relay[^]*\d+ evaluations without an error/,
  );
});

test("processes that follow a file have what another one gets, whichever that is", async () => {
  const lines: string[] = [];
  await hostWithSnapshot({ processes: 4, changes: 0, tell: (line) => lines.push(line) });
  assert.match(lines.join("\n"), /had the next change[^]*\d+ evaluations without an error/);
});
