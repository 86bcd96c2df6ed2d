// `@flipt-io/flipt-client-react` over this package, under the name of the one that it was made for: its provider and hooks
// render what our client answers, and render anew when the flags change.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { type ClientOptions, ErrorStrategy, FliptClient } from "../../mod.ts";
import { booleanDocument } from "../support/runtime.ts";
import { FliptServer } from "../support/server.ts";

/** A component that shows a flag, below their provider. */
const program = `
import { createElement } from "react";
import { act, create } from "react-test-renderer";
import { FliptProvider, useFliptBoolean, useFliptContext } from "@flipt-io/flipt-client-react";

export async function render(options, onRender) {
  function Shown() {
    const enabled = useFliptBoolean("dark-mode", false, "user-1", { country: "NL" });
    const { isLoading, error } = useFliptContext();
    const text = isLoading ? "loading" : error === null ? String(enabled) : error.message;
    onRender(text);
    return createElement("p", null, text);
  }
  let root;
  await act(async () => {
    root = create(createElement(FliptProvider, { options }, createElement(Shown)));
  });
  return {
    settle: (until) => act(() => until),
    text: () => root.toJSON().children.join(""),
    unmount: () => act(async () => root.unmount()),
  };
}
`;

interface Rendered {
  /** Lets what happens until then be rendered. */
  settle(until: Promise<unknown>): Promise<void>;
  /** What is shown now. */
  text(): string;
  unmount(): Promise<void>;
}

type Render = (options: object, onRender: (text: string) => void) => Promise<Rendered>;

/** React's `act` posts itself a message at each turn and closes none of the ports, which would keep Node alive. */
class Channel {
  readonly port1: { onmessage?: () => void } = {};
  readonly port2 = { postMessage: (): void => void setTimeout(() => this.port1.onmessage?.(), 0) };
}

/** What a page has that their provider looks at before it refreshes, and what `act` wants. */
const page = { window: globalThis, IS_REACT_ACT_ENVIRONMENT: true, MessageChannel: Channel };
const folder = mkdtempSync(join(tmpdir(), "flipt-react-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const ours = "export const { FliptClient, ErrorStrategy } = globalThis.fliptUnderTest;";

/** The module that docs/migrating.md puts in the place of theirs. */
function moduleOfPage(): string {
  const page = readFileSync(new URL("../../docs/migrating.md", import.meta.url), "utf8");
  const [, code = ""] = /\n(\/\/ flipt-client\.js\n[^`]+)```/.exec(page) ?? [];
  return code;
}

/** Their package, with `contents` in the place of the one that it imports. */
async function loaded(contents: string): Promise<Render> {
  const outfile = join(folder, `program${contents.length}.mjs`);
  await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL("../../", import.meta.url)) },
    bundle: true,
    format: "esm",
    outfile,
    define: { "process.env.NODE_ENV": '"development"' },
    logLevel: "error",
    plugins: [{
      name: "our package in the place of theirs",
      setup({ onResolve, onLoad }) {
        onResolve(
          { filter: /^@flipt-io\/flipt-client-js$/ },
          () => ({ path: "theirs", namespace: "module" }),
        );
        onResolve({ filter: /^@flipt-ffi\/client$/ }, () => ({ path: "ours", namespace: "module" }));
        onLoad({ filter: /.*/, namespace: "module" }, ({ path }) => ({
          contents: path === "ours" ? ours : contents,
        }));
      },
    }],
  });
  const { render } = await import(pathToFileURL(outfile).href) as { render: Render };
  return render;
}

/** Runs `work` where there is a page. */
async function inPage(contents: string, work: (render: Render) => Promise<void>): Promise<void> {
  const made: FliptClient[] = [];
  // Their provider closes no client: in a page there is nothing to close.
  const init = async (options: ClientOptions): Promise<FliptClient> => {
    const client = await FliptClient.init(options);
    made.push(client);
    return client;
  };
  const globals = { ...page, fliptUnderTest: { FliptClient: { init }, ErrorStrategy } };
  const before = Object.keys(globals).map((name) =>
    [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const
  );
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const navigator = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
  try {
    await work(await loaded(contents));
  } finally {
    for (const client of made) client.close();
    for (const [name, descriptor] of [...before, ["navigator", navigator] as const]) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  }
}

for (const fetchMode of ["polling", "streaming"] as const) {
  test(`their provider and hooks show our answers, and a change of the flags by themselves: ${fetchMode}`, async () => {
    await using server = await FliptServer.start();
    server.setDocument("shop", booleanDocument("shop", "dark-mode", true));
    // Our polling takes many a change before their refresh(), a stream nearly each: it is told of all the same.
    const options = { url: server.url, namespace: "shop", updateInterval: 0.05, fetchMode };
    await inPage(ours, async (render) => {
      let show = (_: string): void => {};
      const shows = (text: string): Promise<void> =>
        new Promise((resolve) => show = (shown) => shown === text && resolve());
      const isOn = shows("true");
      const rendered = await render(options, (text) => show(text));
      if (rendered.text() !== "true") await rendered.settle(isOn);
      const isOff = shows("false");
      server.setDocument("shop", booleanDocument("shop", "dark-mode", false));
      await rendered.settle(isOff);
      assert.equal(rendered.text(), "false");
      await rendered.unmount();
    });
  });
}

test("with the module of the page, an outage leaves the answers on the page, and changes come after it", async () => {
  await using server = await FliptServer.start();
  server.setDocument("shop", booleanDocument("shop", "dark-mode", true));
  const options = { url: server.url, namespace: "shop", updateInterval: 0.02 };
  await inPage(moduleOfPage(), async (render) => {
    const shown: string[] = [];
    let note = (): void => {};
    const until = (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        note = () => holds() && resolve();
        note();
      });
    const rendered = await render(options, (text) => {
      shown.push(text);
      note();
    });
    await rendered.settle(until(() => shown.at(-1) === "true"));
    let refused = 0;
    server.answerAlways(() => {
      refused++;
      note();
      return { status: 403 };
    });
    await rendered.settle(until(() => refused >= 3));
    assert.equal(rendered.text(), "true");
    server.answerAlways(() => undefined);
    server.setDocument("shop", booleanDocument("shop", "dark-mode", false));
    await rendered.settle(until(() => shown.at(-1) === "false"));
    assert.deepEqual(shown.filter((text, index) => text !== shown[index - 1]), ["loading", "true", "false"]);
    await rendered.unmount();
  });
});
