import cluster from "node:cluster";

if (cluster.isPrimary) {
  for (let index = 0; index < Number(process.env.PROCESSES); index++) cluster.fork();
  process.once("SIGTERM", () => {
    for (const worker of Object.values(cluster.workers)) worker.kill("SIGTERM");
    process.exit();
  });
} else {
  await import("./server.mjs");
}
