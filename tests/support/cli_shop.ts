// What tests of the commands share: a server that wants a token, with the flags of the shop, and a folder for files.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { cli, type CliOptions, command, type RunningCli } from "./cli.ts";
import { shopDocument } from "./runtime.ts";
import { FliptServer } from "./server.ts";

/** A snapshot of the shop. */
export const shopFile: string = fileURLToPath(new URL("../fixtures/shop/v2.json", import.meta.url));
/** The token that the server wants. */
export const token = "open-sesame-9f8e7d";
/** A file of flags with one flag, which is on. */
export const features = `
version: "1.4"
namespace: shop
flags:
  - key: dark-mode
    name: Dark mode
    type: BOOLEAN_FLAG_TYPE
    enabled: true
`;
/** The options of an evaluation that matches. */
export const request: readonly string[] = [
  "checkout-flow",
  "--entity",
  "user-1",
  "-c",
  "country=NL",
  "-c",
  "consent=yes",
  "-c",
  "orders=3",
  "-c",
  "tier=1",
];
// deno-lint-ignore no-control-regex
export const escape: RegExp = /\u001b/;
/** The options of a test that interrupts a command. */
export const noSignals: { readonly skip: false | string } = {
  skip: process.platform === "win32" && "Windows ends a process without asking it",
};

/** Where the commands of a test file run. Its methods can be taken off it. */
export class CliShop {
  /** The folder of the files. */
  readonly folder: string = mkdtempSync(join(tmpdir(), "flipt-ffi-cli-"));
  /** The server. */
  readonly server: FliptServer;
  /** The variables that lead to it. */
  readonly environment: Readonly<Record<string, string>>;

  private constructor(server: FliptServer) {
    this.server = server;
    this.environment = { FLIPT_URL: server.url, FLIPT_NAMESPACE: "shop", FLIPT_CLIENT_TOKEN: token };
  }

  /** Starts the server. */
  static async open(): Promise<CliShop> {
    const server = await FliptServer.start({ authorizations: [`Bearer ${token}`] });
    server.setDocument("shop", shopDocument());
    return new CliShop(server);
  }

  /** Ends the server, and deletes the folder. */
  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A file in the folder. */
  readonly file = (name: string, text?: string): string => {
    const path = join(this.folder, name);
    if (text !== undefined) writeFileSync(path, text);
    return path;
  };

  /** What a command printed that had to succeed. */
  readonly output = async (args: readonly string[], options: CliOptions = {}): Promise<string> => {
    const result = await cli(args, { environment: this.environment, ...options });
    assert.equal(result.code, 0, result.errors);
    return result.output;
  };

  /** The same within this process. */
  readonly quickly = async (args: readonly string[], options: CliOptions = {}): Promise<string> => {
    const result = await command(args, { environment: this.environment, ...options });
    assert.equal(result.code, 0, result.errors);
    return result.output;
  };
}

/** An event that a command printed as a line of JSON. */
export async function event(running: RunningCli, name: string): Promise<Record<string, unknown>> {
  const [line] = await running.printed(new RegExp(`^\\{.*"event":"${name}".*\\}$`, "m"));
  return JSON.parse(line);
}
