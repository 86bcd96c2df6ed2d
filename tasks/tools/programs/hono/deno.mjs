import { app, port } from "./app.mjs";

Deno.serve({ port, hostname: "127.0.0.1" }, app.fetch);
