// A client that Vue has made a proxy of, in each of its ways.
import { FliptClient } from "@flipt-ffi/client";
import { createSSRApp, h, reactive, ref, watch } from "vue";
import { renderToString } from "vue/server-renderer";
import { answersOf, change, namespace, report, same, url } from "./flags.mjs";

const alive = setInterval(() => {}, 1000);
const client = await FliptClient.init({ url, namespace, updateInterval: 0.1 });
const inReactive = reactive({ client }).client;
const inRef = ref(client);
const context = reactive({ country: "NL" });
const checks = {
  boolean: same(reactive(client).evaluateBoolean("dark-mode", "user-1", context).enabled, true),
  variant: same(inRef.value.evaluateVariant("theme", "user-1", reactive({ ...context })).variantKey, "winter"),
};
const shown = ref(answersOf(inReactive).variant);
const app = createSSRApp({ render: () => h("p", shown.value) });
checks.rendered = same(await renderToString(app), "<p>winter</p>");
const changed = new Promise((resolve) => watch(shown, resolve, { flush: "sync" }));
inReactive.on("update", () => {
  shown.value = answersOf(inRef.value).variant;
});
await change();
checks.change = same(await changed, "summer");
checks.reactive = same(answersOf(inReactive).variant, "summer");
checks.ref = same(answersOf(inRef.value).boolean, false);
report(inRef.value, checks);
inRef.value.close();
clearInterval(alive);
