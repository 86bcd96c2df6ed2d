// The compose files of examples/fleet/: no engine runs them here, but what they say holds together, and the relays in them get
// parameters that they know.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { transformSync } from "esbuild";
import { parse as parseYaml } from "yaml";
import { COMMANDS } from "../cli/commands.ts";
import { parse } from "../cli/parse.ts";
import { describedPackage } from "../tasks/npm/entries.ts";
import { CLI_COMMAND } from "../tasks/npm/package_json.ts";

const folder = new URL("../examples/fleet/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".yaml")).sort();

/** What the reference of Compose knows, as far as it is used. */
const TOP_LEVEL = ["services", "volumes", "secrets", "x-relay"];
const SERVICE = [
  ...["build", "command", "depends_on", "deploy", "environment", "healthcheck", "image", "ports", "restart"],
  ...["secrets", "stop_grace_period", "user", "volumes", "working_dir"],
];
const HEALTHCHECK = ["test", "interval", "timeout", "retries", "start_period"];

/** What programs can import of the package. */
const EXPORTED = describedPackage().entries.map(({ subpath }) => `@flipt-ffi/client${subpath.slice(1)}`);

interface Service {
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly image?: string;
  readonly command?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: Readonly<Record<string, unknown>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}

function read(file: string): Compose {
  // Compose knows merge keys and aliases, and refuses a key that is there twice.
  return parseYaml(readFileSync(new URL(file, folder), "utf8"), { merge: true, uniqueKeys: true });
}

test("there is a compose file for each way of a relay", () => {
  assert.deepEqual(files, ["compose.host.yaml", "compose.network.yaml", "compose.redis.yaml"]);
});

for (const file of files) {
  const { services, volumes = {}, secrets = {}, ...rest } = read(file);

  test(`${file} has nothing that Compose does not know, and names nothing that is not there`, () => {
    assert.deepEqual(Object.keys(rest).filter((key) => !TOP_LEVEL.includes(key)), []);
    for (const [name, service] of Object.entries(services)) {
      assert.deepEqual(Object.keys(service).filter((key) => !SERVICE.includes(key)), [], name);
      assert.equal(Number(service.image !== undefined) + Number(service.build !== undefined), 1, name);
      if (service.build !== undefined) assert.ok(existsSync(new URL(service.build.dockerfile, folder)), name);
      for (const secret of service.secrets ?? []) {
        assert.ok(Object.hasOwn(secrets, secret), `${name}: ${secret}`);
      }
      for (const volume of service.volumes ?? []) {
        const [source = "", target] = volume.split(":");
        assert.ok(target?.startsWith("/"), `${name}: ${volume}`);
        const known = source.startsWith("./")
          ? existsSync(new URL(source, folder))
          : Object.hasOwn(volumes, source);
        assert.ok(known, `${name}: ${volume}`);
      }
      const needs = service.depends_on ?? [];
      for (const [other, condition] of Object.entries(Array.isArray(needs) ? {} : needs)) {
        assert.equal(condition.condition, "service_healthy", name);
        assert.ok(services[other]?.healthcheck !== undefined, `${name}: ${other} has no healthcheck`);
      }
      for (const other of Array.isArray(needs) ? needs : Object.keys(needs)) {
        assert.ok(Object.hasOwn(services, other), `${name}: ${other}`);
      }
      const { healthcheck = {} } = service;
      assert.deepEqual(Object.keys(healthcheck).filter((key) => !HEALTHCHECK.includes(key)), [], name);
    }
    assert.deepEqual(
      Object.keys(secrets).filter((secret) =>
        !Object.values(services).some((service) => service.secrets?.includes(secret))
      ),
      [],
    );
  });

  test(`the relays of ${file} understand their parameters, and are asked how they are where they tell it`, () => {
    const relays = Object.entries(services).filter(([, { build }]) =>
      build?.dockerfile === "relay.Dockerfile"
    );
    assert.ok(relays.length > 0);
    for (const [name, { command = [], healthcheck }] of relays) {
      const args = parse(["relay", ...command], COMMANDS, {}).commandArguments();
      assert.ok(args.isGiven("listen") || args.isGiven("redis"), name);
      const port = args.integer("health-port", 1, 65_535);
      assert.ok(String(healthcheck?.["test"]).includes(`127.0.0.1:${port}/healthz`), name);
    }
  });

  test(`the service of ${file} runs a program that is there, and imports what there is`, () => {
    const commands = Object.values(services).flatMap(({ command }) =>
      command?.[0] === "node" ? [command] : []
    );
    assert.equal(commands.length, 1);
    for (const [, program = ""] of commands) {
      const text = readFileSync(new URL(`shop/${program}`, folder), "utf8");
      // Fails when it cannot be parsed.
      const { code } = transformSync(text, { loader: "js", format: "esm" });
      const imported = [...code.matchAll(/ from "([^"]+)"/g)].map(([, specifier = ""]) => specifier);
      assert.ok(imported.includes("@flipt-ffi/client"));
      assert.deepEqual(imported.filter((each) => each !== "redis" && !EXPORTED.includes(each)), []);
    }
  });
}

test("the image of a relay runs the program that the package has", () => {
  const text = readFileSync(new URL("relay.Dockerfile", folder), "utf8");
  const [, entry = "[]"] = /^ENTRYPOINT (.*)$/m.exec(text) ?? [];
  assert.deepEqual(JSON.parse(entry), ["npx", "--no-install", CLI_COMMAND.name, "relay"]);
  assert.match(text, /^FROM node:22-alpine$/m);
  assert.match(text, /^USER node$/m);
});
