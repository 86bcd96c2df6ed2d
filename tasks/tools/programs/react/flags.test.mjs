// A component below the provider of Flipt's React package, which shows the flags.
import { FliptProvider, useFliptBoolean, useFliptContext, useFliptVariant } from "@flipt-io/flipt-client-react";
import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { expect, test } from "vitest";
import { change, namespace, report, same, url } from "./flags.mjs";

globalThis.IS_REACT_ACT_ENVIRONMENT = true;
let client;

function Shown() {
  const boolean = useFliptBoolean("dark-mode", false, "user-1", { country: "NL" });
  const variant = useFliptVariant("theme", "none", "user-1", { country: "NL" });
  const context = useFliptContext();
  client = context.client ?? client;
  return createElement("p", null, context.isLoading ? "loading" : `${boolean} ${variant}`);
}

test("the hooks show the answers, and a change", async () => {
  const element = document.body.appendChild(document.createElement("main"));
  const root = createRoot(element);
  const shown = async (text) => {
    while (!element.textContent.includes(text)) await act(() => new Promise((resolve) => setTimeout(resolve, 20)));
  };
  const options = { url, namespace, updateInterval: 0.1 };
  await act(() => root.render(createElement(FliptProvider, { options }, createElement(Shown))));
  await shown("true");
  const checks = { boolean: true, variant: same(element.textContent, "true winter") };
  await change();
  await shown("summer");
  checks.change = same(element.textContent, "false summer");
  report(client, checks);
  await act(() => root.unmount());
  expect(Object.values(checks).every((outcome) => outcome === true)).toBe(true);
}, 20_000);
