// The test of something that takes a client: the flags are set by the test.
const { testFlags } = require("@flipt-ffi/client/testing");

test("shows what the flag says", () => {
  const client = testFlags({ "dark-mode": true, "theme": "winter" });
  const element = document.createElement("p");
  const show = () => {
    element.textContent = client.evaluateBoolean("dark-mode", "user-1").enabled ? "dark" : "light";
  };
  client.on("update", show);
  show();
  const boolean = element.textContent === "dark";
  const variant = client.evaluateVariant("theme", "user-1").variantKey === "winter";
  client.set("dark-mode", false);
  const change = element.textContent === "light";
  const { kind, reason } = client.engine;
  console.log(`REPORT ${JSON.stringify({ engine: kind, reason, checks: { boolean, variant, change } })}`);
  expect([boolean, variant, change]).toEqual([true, true, true]);
});
