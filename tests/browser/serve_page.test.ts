// The page of `serve` in a real browser: it lists flags, follows their files, explains, and gives lines to paste.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { ownRuntime } from "../../tasks/runtimes.ts";
import { RunningCli } from "../support/cli.ts";
import { event } from "../support/cli_shop.ts";

const isNode = ownRuntime().name === "node";
const support = isNode ? await import("../support/browser.ts") : undefined;
const chromium = support?.browserPath();
const skip = !isNode ? "runs once, on Node" : chromium === undefined && "no Chromium";
const features = readFileSync(new URL("../fixtures/shop/features.yml", import.meta.url), "utf8");
/** Where a screenshot is written to, for the documentation. */
const screenshot = process.env["FLIPT_SCREENSHOT"];

test(
  "the page lists flags, follows their file, explains an answer and has lines to paste",
  { skip },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "flipt-ffi-"));
    const file = join(folder, "features.yml");
    writeFileSync(file, features);
    const running = new RunningCli(["serve", file, "--port", "0", "--json"]);
    const { url } = await event(running, "start");
    const browser = await support?.startBrowser(chromium ?? "");
    assert.ok(browser !== undefined);
    try {
      const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
      const requested = new Set<string>();
      const problems: string[] = [];
      page.on("request", (request) => requested.add(new URL(request.url()).origin));
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("console", (message) => problems.push(message.text()));
      await page.goto(String(url));
      const answerOf = (flag: string) => page.locator(`tr:has-text("${flag}") td:nth-child(3)`).first();

      await answerOf("dark-mode").getByText("on", { exact: true }).waitFor();
      await page.getByRole("heading", { name: "Namespace shop" }).waitFor();
      await page.getByLabel("Entity").fill("staff-1");
      await page.getByLabel("Context").fill("email=ana@shop.example\ncountry=NL");
      await answerOf("checkout-flow").getByText("express").waitFor();

      await page.getByRole("button", { name: "checkout-flow" }).click();
      await page.getByText('answer: variant "express"').waitFor();
      assert.match(
        await page.locator("#program").innerText(),
        new RegExp(
          `url: "${url}", namespace: "shop" [^]*evaluateVariant\\("checkout-flow", "staff-1", \\{"email":"ana@shop`,
        ),
      );
      assert.match(
        await page.locator("#shell").innerText(),
        /^flipt-ffi explain checkout-flow --entity staff-1 --context email=ana@shop.example --context country=NL --url/,
      );
      if (screenshot !== undefined) await page.screenshot({ path: screenshot });

      const changed = features.replace(/(key: dark-mode[^]*?enabled: )true/, "$1false");
      assert.notEqual(changed, features);
      writeFileSync(file, changed);
      await answerOf("dark-mode").getByText("off", { exact: true }).waitFor();
      assert.deepEqual([...requested], [String(url)]);
      assert.deepEqual(problems, []);
    } finally {
      await browser.close();
      await running.end("SIGINT");
      rmSync(folder, { recursive: true });
    }
  },
);

test("what is typed is shown as text, and a server that is gone is told of", { skip }, async () => {
  const running = new RunningCli(["serve", "tests/fixtures/shop/features.yml", "--port", "0", "--json"]);
  const { url } = await event(running, "start");
  const browser = await support?.startBrowser(chromium ?? "");
  assert.ok(browser !== undefined);
  try {
    const page = await browser.newPage();
    await page.goto(String(url));
    await page.getByLabel("Context").fill("email=<img src=x onerror=alert(1)>");
    await page.getByRole("button", { name: "checkout-flow" }).click();
    await page.locator("#explanation").getByText('email "<img src=x onerror=alert(1)>" does not end with')
      .waitFor();
    assert.equal(await page.locator("img").count(), 0);
    assert.equal((await running.end("SIGINT")).code, 0);
    await page.getByText("the server does not respond; retrying").waitFor();
  } finally {
    await browser.close();
    running.child.kill();
  }
});
