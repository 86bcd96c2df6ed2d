// The portable client in a real browser: the same answers as on the server, at once from a snapshot, then kept current.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { FliptClient } from "../../mod.ts";
import { ownRuntime } from "../../tasks/runtimes.ts";
import { visitors } from "../../tasks/visitors.ts";
import { browserBundle, freeNamePrefix } from "../support/browser_bundle.ts";
import { answersOf, type PageRequest } from "../support/browser_page.ts";
import { FaultServer } from "../support/fault_server.ts";
import { type RunningProgram, startProgram } from "../support/programs.ts";
import { shopDocument, withFlag } from "../support/runtime.ts";

const { name, executable } = ownRuntime();
const onNode = { skip: name !== "node" && "runs once, on Node" };
const chromium = onNode.skip ? undefined : (await import("../support/browser.ts")).browserPath();
const inBrowser = { skip: onNode.skip || chromium === undefined && "no Chromium" };
if (!onNode.skip && inBrowser.skip) {
  console.error(
    "\n!!! Chromium is missing: tests in a browser are SKIPPED; set CHROMIUM_PATH or install chromium\n",
  );
}
const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-"));
let browser: Browser | undefined;

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Serves a page with the example of server-side rendering. */
async function serve(server: FaultServer, script: string): Promise<RunningProgram> {
  const PAGE = join(folder, `${crypto.randomUUID()}.js`);
  writeFileSync(PAGE, script);
  return await startProgram({
    executable,
    parameters: ["examples/ssr/server.ts"],
    environment: { FLIPT_URL: server.url, PORT: "0", PAGE },
    port: /port (\d+)/,
  });
}

/** Opens a page, and keeps a log of what it asks for and of what goes wrong in it. */
async function open(url: string): Promise<{ page: Page; requested: string[]; problems: string[] }> {
  browser ??= await (await import("../support/browser.ts")).startBrowser(chromium ?? "");
  const page = await browser.newPage();
  const requested: string[] = [];
  const problems: string[] = [];
  page.on("request", (request) => requested.push(new URL(request.url()).pathname));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => problems.push(message.text()));
  await page.goto(url);
  return { page, requested, problems };
}

/** Every flag of the shop for so many visitors. */
function requests(client: FliptClient, count: number): PageRequest[] {
  return visitors(count).flatMap((visitor) =>
    client.listFlags().map(({ key, type }) => ({
      ...visitor,
      flagKey: key,
      isBoolean: type === "BOOLEAN_FLAG_TYPE",
    }))
  );
}

test(
  "a bundle for browsers imports nothing, and names nothing that only Deno, Bun or Node have",
  onNode,
  async () => {
    const { code, metafile } = await browserBundle("mod.ts");
    assert.deepEqual(Object.values(metafile.outputs).flatMap(({ imports }) => imports), []);
    assert.deepEqual(code.match(new RegExp(`.{0,60}${freeNamePrefix}.{0,60}`, "g")), null);
    const inputs = Object.keys(metafile.inputs);
    assert.ok(inputs.includes("engines/portable/mod.ts"));
    // Turns are taken by the clock of the build for browsers.
    assert.deepEqual(
      inputs.filter((file) =>
        /^(?:node_modules|ffi(?!\/turns\.ts)|engines\/(?:native|flipt_engine_ffi))\//.test(file)
      ),
      [],
    );
    assert.doesNotMatch(code, /["'`]node:/);
    const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
    console.log(
      `the bundle for browsers: ${kilobytes(code.length)}, ${kilobytes(gzipSync(code).length)} with gzip`,
    );
  },
);

test("a page answers as the server does, from its snapshot alone, without a request", inBrowser, async () => {
  const { code } = await browserBundle("tests/support/browser_page.ts");
  await using flipt = await FaultServer.start(shopDocument());
  await using server = await serve(flipt, code);
  using client = await FliptClient.init({ url: flipt.url, namespace: "shop", updateInterval: 0 });
  const asked = requests(client, 25);
  assert.equal(asked.length, 200);

  const { page, requested, problems } = await open(server.url);
  const before = flipt.requests.length;
  await page.evaluate(() => globalThis.inPage.start());
  const answers = await page.evaluate((all) => globalThis.inPage.answers(all), asked);
  assert.deepEqual(answers, JSON.parse(JSON.stringify(answersOf(client, asked))));
  assert.ok(new Set(answers.map((answer) => JSON.stringify(answer))).size > 15);
  assert.equal((await page.evaluate(() => globalThis.inPage.status())).kind, "portable");
  assert.equal(flipt.requests.length, before);
  assert.deepEqual(requested, ["/", "/page.js"]);
  assert.deepEqual(problems, []);
});

for (const mode of ["streaming", "polling"] as const) {
  test(`a page follows the server by ${mode}, and goes on when the server is gone`, inBrowser, async () => {
    const { code } = await browserBundle("tests/support/browser_page.ts");
    await using flipt = await FaultServer.start(shopDocument());
    await using server = await serve(flipt, code);
    const { page } = await open(server.url);
    await page.evaluate(() => globalThis.inPage.start());
    const streams = flipt.streams;
    await page.evaluate((given) => globalThis.inPage.connect(given, given === "polling" ? 0.2 : 600), mode);
    if (mode === "streaming") await flipt.until(() => flipt.streams > streams);

    // The listener is there before anything changes.
    await page.evaluate(() => void Object.assign(globalThis, { updated: globalThis.inPage.update() }));
    const digest = flipt.push(withFlag(shopDocument(), "dark-mode", { enabled: false }));
    const update = await page.evaluate("updated");
    assert.deepEqual(update, { digest, changedFlags: ["dark-mode"] });
    const { state, mode: now } = await page.evaluate(() => globalThis.inPage.status());
    assert.deepEqual({ state, now }, { state: "ready", now: mode });

    using client = await FliptClient.init({ url: flipt.url, namespace: "shop", updateInterval: 0 });
    const asked = requests(client, 25);
    const expected = JSON.parse(JSON.stringify(answersOf(client, asked)));
    assert.deepEqual(await page.evaluate((all) => globalThis.inPage.answers(all), asked), expected);
    await server.stop();
    assert.deepEqual(await page.evaluate((all) => globalThis.inPage.answers(all), asked), expected);
  });
}

test(
  "the example of server-side rendering turns its page dark and light as the flag does",
  inBrowser,
  async () => {
    const { code } = await browserBundle("examples/ssr/page.ts");
    await using flipt = await FaultServer.start(shopDocument());
    await using server = await serve(flipt, code);
    const user = `</script><script>document.title = "hacked"</script>`;
    const { page, problems } = await open(`${server.url}/?user=${encodeURIComponent(user)}`);
    await page.waitForSelector('body[data-theme="dark"]', { state: "attached" });
    await flipt.until(() => flipt.streams > 0);
    flipt.push(withFlag(shopDocument(), "dark-mode", { enabled: false }));
    await page.waitForSelector('body[data-theme="light"]', { state: "attached" });
    assert.equal(await page.title(), "Shop");
    assert.deepEqual(problems, []);
  },
);
