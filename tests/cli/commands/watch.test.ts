// `flipt-ffi watch`: a server that streams, one that is polled, and a file.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { RunningCli as Running } from "../../support/cli.ts";
import { CliShop, event, features, noSignals } from "../../support/cli_shop.ts";
import { shopDocument, withFlag } from "../../support/runtime.ts";
import { FliptServer } from "../../support/server.ts";

const shop = await CliShop.open();
after(() => shop.close());
const { environment, file, server } = shop;

test(
  "watch tells of each change as it is streamed, and ends well when it is interrupted",
  noSignals,
  async () => {
    server.setDocument("watched", { ...shopDocument(), namespace: { key: "watched" } });
    const running = new Running(["watch", "-n", "watched", "--json"], { environment });
    const start = await event(running, "start");
    assert.deepEqual([start["namespace"], start["mode"]], ["watched", "streaming"]);
    await until(() => server.streams > 0);
    const changed = withFlag({ ...shopDocument(), namespace: { key: "watched" } }, "dark-mode", {
      enabled: false,
    });
    server.push("watched", changed);
    const { changes } = await event(running, "update");
    assert.deepEqual(changes, [
      { key: "dark-mode", change: "changed", differences: [{ path: "enabled", before: true, after: false }] },
    ]);
    const { code, errors } = await running.end("SIGINT");
    assert.deepEqual([code, errors], [0, ""]);
  },
);

test("watch polls where it is told to, and goes on where the server goes away", noSignals, async () => {
  await using own = await FliptServer.start();
  own.setDocument("shop", shopDocument());
  const running = new Running(["watch", "--poll", "--interval", "0.1"], {
    environment: { ...environment, FLIPT_URL: own.url },
  });
  await running.printed(/watching 8 flags in the namespace shop of .* \(polling\)\n/);
  own.setDocument("shop", withFlag(shopDocument(), "dark-mode", { enabled: false }));
  await running.printed(/1 flag changed\n~ dark-mode\n {4}enabled {2}true -> false\n/);
  own.answerAlways({ status: 403 });
  await running.printed(/answered 403/);
  own.answerAlways(undefined);
  own.setDocument("shop", shopDocument());
  await running.printed(/enabled {2}false -> true\n/);
  const { code, errors } = await running.end("SIGTERM");
  assert.deepEqual([code, errors], [0, ""]);
});

test("watch follows a file", noSignals, async () => {
  const path = file("watched.yml", features);
  const running = new Running(["watch", "--file", path, "--json"], { environment: {} });
  await event(running, "start");
  // A watcher may need a moment until it sees the first change.
  const timer = setInterval(
    () => writeFileSync(path, features.replace("enabled: true", "enabled: false")),
    200,
  );
  const { changes } = await event(running, "update");
  clearInterval(timer);
  assert.equal((changes as { key: string }[])[0]?.key, "dark-mode");
  assert.equal((await running.end("SIGINT")).code, 0);
});

/** Looks again and again until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}
