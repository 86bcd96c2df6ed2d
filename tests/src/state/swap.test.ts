// A swap is atomic: whatever is evaluated while states replace each other sees one whole state.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CompiledState, Engine } from "../../../engines/engine.ts";
import { portableEngine } from "../../../engines/portable/mod.ts";
import type { FetchMode } from "../../../mod.ts";
import { FliptClient } from "../../../mod.ts";
import { initClient } from "../../../src/client.ts";
import { systemClock } from "../../../ffi/system_clock.ts";
import { FaultServer } from "../../support/fault_server.ts";
import { testedEngines } from "../../support/engines.ts";
import type { DocumentJson } from "../../support/server.ts";

const FLAGS = 40;
/** As many swaps at least, and as many batches in between. */
const SWAPS = 60;
const BATCHES = 30;

/** Flags that all agree: on a variant that is named for the version, and on or off by whether it is even. */
function version(number: number): DocumentJson {
  const flags = Array.from(
    { length: FLAGS },
    (_, index) =>
      index % 2 === 0
        ? { key: `flag-${index}`, name: "", type: "BOOLEAN_FLAG_TYPE", enabled: number % 2 === 0 }
        : {
          key: `flag-${index}`,
          name: "",
          type: "VARIANT_FLAG_TYPE",
          enabled: true,
          defaultVariant: { id: "v", key: `version-${number}` },
        },
  );
  return { namespace: { key: "shop" }, flags };
}

const requests = Array.from({ length: FLAGS }, (_, index) => ({ flagKey: `flag-${index}`, entityId: "e" }));

/** What one batch shows: one word when it saw one state. */
function versionsOf(client: FliptClient): Set<string> {
  const seen = new Set<string>();
  const parities = new Set<boolean>();
  for (const response of client.evaluateBatch(requests).responses) {
    if (response.type === "VARIANT_EVALUATION_RESPONSE_TYPE") {
      seen.add(response.variantEvaluationResponse.variantKey);
    } else if (response.type === "BOOLEAN_EVALUATION_RESPONSE_TYPE") {
      parities.add(response.booleanEvaluationResponse.enabled);
    } else seen.add("missing");
  }
  for (const parity of parities) {
    const agrees = [...seen].every((key) => Number(key.slice(8)) % 2 === (parity ? 0 : 1));
    if (!agrees) seen.add("torn");
  }
  return seen;
}

/** What batches saw while states were swapped. */
interface Seen {
  /** The number of the last state. */
  readonly last: number;
  /** What each batch saw that saw more than one state. */
  readonly torn: readonly string[];
}

/** Swaps states while batches are evaluated. */
async function swap(client: FliptClient, server: FaultServer, fetchMode: FetchMode): Promise<Seen> {
  let isDone = false;
  let batches = 0;
  const all = new Set<string>();
  const torn: string[] = [];
  const evaluate = async (): Promise<void> => {
    while (!isDone) {
      const seen = versionsOf(client);
      if (seen.size !== 1) torn.push([...seen].join());
      for (const key of seen) all.add(key);
      batches++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const evaluating = evaluate();
  let last = 0;
  while (last < SWAPS || batches < BATCHES) {
    last++;
    if (fetchMode === "polling") {
      server.setDocument(version(last));
      await client.refresh();
    } else {
      const updated = new Promise<void>((resolve) => {
        const stop = client.on("update", () => {
          stop();
          resolve();
        });
      });
      server.push(version(last));
      await updated;
    }
  }
  isDone = true;
  await evaluating;
  // Otherwise there was nothing to be torn.
  assert.ok(all.size > 5, `${all.size} versions in ${batches} batches`);
  return { last, torn };
}

for (const { kind, options, skip } of await testedEngines()) {
  for (const fetchMode of ["polling", "streaming"] as const) {
    test(
      `every batch sees one whole state while states are swapped: ${kind}, ${fetchMode}`,
      { skip },
      async () => {
        await using server = await FaultServer.start(version(0));
        const client = await FliptClient.init({ ...options, url: server.url, namespace: "shop", fetchMode });
        if (fetchMode === "streaming") await server.until(() => server.streams === 1);
        const { last, torn } = await swap(client, server, fetchMode);
        assert.deepEqual(torn, []);
        assert.deepEqual([...versionsOf(client)], [`version-${last}`]);
        client.close();
      },
    );
  }
}

test("a state of which one half is older would be noticed", async () => {
  await using server = await FaultServer.start(version(0));
  const options = { url: server.url, namespace: "shop", updateInterval: 0 };
  const client = await initClient(options, {
    clock: systemClock,
    chooseEngine: () => Promise.resolve(tornEngine()),
  });
  const { torn } = await swap(client, server, "polling");
  assert.ok(torn.length > 20, String(torn.length));
  client.close();
});

/** An engine whose states answer for boolean flags as the state before them did. */
function tornEngine(): Engine {
  const engine = portableEngine();
  let newest: CompiledState | undefined;
  const tear = (state: CompiledState): CompiledState => {
    const older = newest ?? state;
    newest = state;
    return {
      digest: state.digest,
      evaluate: (flagKey, entityId, context) => {
        const response = state.evaluate(flagKey, entityId, context);
        const isBoolean = response?.type === "BOOLEAN_EVALUATION_RESPONSE_TYPE";
        return isBoolean ? older.evaluate(flagKey, entityId, context) : response;
      },
      evaluateVariant: (flagKey, entityId, context) => state.evaluateVariant(flagKey, entityId, context),
      evaluateBoolean: (flagKey, entityId, context) => older.evaluateBoolean(flagKey, entityId, context),
      listFlags: () => state.listFlags(),
      changedFlags: (previous) => state.changedFlags(previous),
      snapshot: () => state.snapshot(),
      release: () => {},
    };
  };
  return {
    info: engine.info,
    compile: (format, namespace) => {
      const compilation = engine.compile(format, namespace);
      return {
        write: (chunk) => compilation.write(chunk),
        finish: () => compilation.finish().then(tear),
        abort: () => compilation.abort(),
      };
    },
  };
}
