import { app, port } from "./app.mjs";

Bun.serve({ fetch: app.fetch, port });
