// A server of large documents, in a process of its own: `document_server.ts <files…>` prints its port, answers every request
// with the next of the files, and ends with its standard input.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";

const documents = process.argv.slice(2).map((path) => readFileSync(path));
let requests = 0;

const server = createServer((_, response) => {
  const version = requests++ % documents.length;
  response.setHeader("Content-Type", "application/json");
  response.setHeader("ETag", `"${version}"`);
  response.end(documents[version]);
});

server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

process.stdin.on("end", () => process.exit(0)).resume();
