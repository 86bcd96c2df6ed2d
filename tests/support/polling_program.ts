// A program that makes a client which polls, and does nothing else: it exits with 7 when polling keeps it alive until the
// third fetch. Its argument is the package.

import process from "node:process";

const { FliptClient } = await import(process.argv[2] ?? "");
let count = 0;
await FliptClient.init({
  updateInterval: 0.1,
  fetcher: (): Promise<Response> => {
    if (++count === 3) process.exit(7);
    return Promise.resolve(Response.json({ namespace: { key: "default" }, flags: [] }));
  },
});
