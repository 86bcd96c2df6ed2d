// Components: Flipt's own React package with this one in the place of its client, and Vue's reactivity.

import { reported, reportsIn } from "../report.ts";
import type { Tool } from "../tool.ts";

/** Components. */
export const components: readonly Tool[] = [
  {
    name: "flipt-client-react",
    programs: "react",
    title: "`@flipt-io/flipt-client-react`",
    versionOf: "@flipt-io/flipt-client-react",
    packages: ["@flipt-io/flipt-client-react", "react", "react-dom", "happy-dom", "vitest"],
    cases: [{
      title: "its provider and hooks, with React in happy-dom",
      engine: "native",
      checks: ["boolean", "variant", "change"],
      needs: '`resolve: { alias: { "@flipt-io/flipt-client-js": "@flipt-ffi/client" } }`',
      run: (project) => reported(project.node("node_modules/vitest/vitest.mjs", ["run"])),
    }],
  },
  {
    name: "vue",
    title: "Vue",
    versionOf: "vue",
    packages: ["vue"],
    isQuick: true,
    cases: [{
      title: "`reactive(client)`, `ref(client)`, and a rendered component",
      engine: "native",
      checks: ["boolean", "variant", "change", "reactive", "ref", "rendered"],
      run: async (project) => reportsIn(await project.node("main.mjs")),
    }],
  },
];
