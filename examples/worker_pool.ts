// Worker threads on Deno, Bun and Node: one client fetches, and every Worker evaluates with its flags.
//
//     FLIPT_URL=http://localhost:8080 node examples/worker_pool.ts

import { createServer, type ServerResponse } from "node:http";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { FliptClient } from "@flipt-ffi/client";

const client = await FliptClient.init({
  url: process.env.FLIPT_URL,
  namespace: "shop",
  errorStrategy: "fallback", // after the first fetch, an outage of Flipt has no effect
  updateInterval: 30,
});

const waiting = new Map<number, ServerResponse>();
const file = new URL("./worker_pool_worker.ts", import.meta.url);
const workers = Array.from({ length: 4 }, () => new Worker(file, { workerData: client.share() }));
for (const worker of workers) {
  worker.on("message", ({ id, answer }) => {
    waiting.get(id)?.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    waiting.delete(id);
  });
}

let id = 0;
const server = createServer((request, response) => {
  waiting.set(++id, response);
  workers[id % workers.length]?.postMessage({ id, url: request.url });
}).listen(Number(process.env.PORT ?? 8000), "localhost", () => {
  console.log("On port", (server.address() as { port: number }).port);
});

process.once("SIGTERM", async () => {
  await new Promise((resolve) => server.close(resolve));
  await Promise.all(workers.map((worker) => worker.terminate()));
  client.close();
});
