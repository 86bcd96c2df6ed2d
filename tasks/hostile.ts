// Lets servers attack a client in every way that was thought of, on every runtime: deno task hostile [-- --quick]. Measures
// what each attack costs, and fails where one stalls, swells or misleads the client.

import process from "node:process";
import { ensureEngine } from "./build_engine.ts";
import type { Attack } from "./hostile/attack.ts";
import { ATTACKS } from "./hostile/attacks/mod.ts";
import { type Outcome, type Place, run, type Transport } from "./hostile/trial.ts";
import { hideProgress, showProgress } from "./progress.ts";
import { ownRuntime, RUNTIME_NAMES, RUNTIMES, testedRuntime, titleOf } from "./runtimes.ts";
import { type Column, tableLines } from "./table.ts";
import { endWithUsage, taskArguments } from "./usage.ts";

const USAGE = `usage: deno task hostile [--quick] [--runtime <name>] [--engine <name>] [--list] [<attack> ...]

Attacks a client on every runtime, and prints what each attack costs.

  <attack>           only those whose name contains this
  --quick            the quick half, over fetch only
  --runtime <name>   deno, bun, node or all (default: all)
  --engine <name>    native or portable (default: native, where it can be built)
  --transport <name> fetch, tls or all (default: all; with --quick: fetch)
  --list             prints the names of the attacks
  --help             show this help`;

const COLUMNS: readonly Column[] = [
  { title: "attack" },
  { title: "on" },
  { title: "s", align: "right" },
  { title: "gap ms", align: "right" },
  { title: "work ms", align: "right" },
  { title: "MB", align: "right" },
  { title: "errors", align: "right" },
  { title: "updates", align: "right" },
  { title: "fresh ms", align: "right" },
  { title: "" },
];

interface Row {
  readonly place: Place;
  readonly outcome: Outcome;
}

function cells(
  { place, outcome: { attack, seconds, measured, megabytes, problems } }: Row,
): readonly string[] {
  const whole = (value: number | undefined): string => value === undefined ? "-" : value.toFixed(0);
  return [
    attack.name,
    `${RUNTIMES[place.runtime.name].title} ${place.transport}`,
    seconds.toFixed(1),
    whole(measured?.gapMs),
    whole(measured?.workMs),
    whole(megabytes),
    whole(measured?.errors),
    whole(measured?.updates),
    whole(measured?.freshMs),
    problems.length === 0 ? "ok" : `FAILED: ${problems.join("; ")}`,
  ];
}

async function main(): Promise<number> {
  const { values, positionals } = taskArguments(USAGE, {
    quick: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    runtime: { type: "string", default: "all" },
    engine: { type: "string" },
    transport: { type: "string" },
  }, Infinity);
  const isMeant = (attack: Attack): boolean =>
    (!values.quick || attack.isQuick === true) &&
    (positionals.length === 0 || positionals.some((part) => attack.name.includes(part)));
  const attacks = ATTACKS.filter(isMeant);
  if (values.list) {
    for (const { name, isQuick } of attacks) console.log(isQuick ? `${name} (quick)` : name);
    return 0;
  }
  const names = RUNTIME_NAMES.filter((name) => values.runtime === "all" || values.runtime === name);
  const transport = values.transport ?? (values.quick ? "fetch" : "all");
  const transports = (["fetch", "tls"] as const).filter((name) => transport === "all" || transport === name);
  const engines = ["native", "portable"] as const;
  const engine = engines.find((name) => name === (values.engine ?? "native"));
  if (names.length === 0 || transports.length === 0 || engine === undefined || attacks.length === 0) {
    endWithUsage(USAGE, "no such attack, runtime, transport or engine");
  }
  const hasNative = engine === "native" && ensureEngine() !== undefined;
  const runtimes = names.map(testedRuntime);
  const places = (over: Transport): readonly Place[] =>
    runtimes.map((runtime) => ({
      runtime,
      serverRuntime: ownRuntime(),
      transport: over,
      engine: hasNative ? "native" : "portable",
    }));
  console.log(
    `${attacks.length} attacks on ${runtimes.map(titleOf).join(", ")}, ` +
      `over ${transports.join(" and ")}, ${hasNative ? "native" : "portable"} engine`,
  );
  const rows: Row[] = [];
  for (const over of transports) {
    await Promise.all(
      places(over).map((place) =>
        run(place, attacks, (outcome) => {
          rows.push({ place, outcome });
          showProgress(
            `${rows.length} of ${attacks.length * names.length * transports.length}: ${outcome.attack.name}`,
          );
        })
      ),
    );
  }
  hideProgress();
  const order = new Map(attacks.map(({ name }, index) => [name, index]));
  const at = ({ outcome }: Row): number => order.get(outcome.attack.name) ?? 0;
  rows.sort((a, b) => at(a) - at(b));
  for (const line of tableLines(COLUMNS, rows.map(cells))) console.log(line);
  const failed = rows.filter(({ outcome }) => outcome.problems.length > 0).length;
  console.log(`\n${rows.length - failed} ok, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

main().then((code) => process.exit(code), (error: unknown) => {
  console.error(error);
  process.exit(2);
});
