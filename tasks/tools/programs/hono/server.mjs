import { serve } from "@hono/node-server";
import { app, port } from "./app.mjs";

serve({ fetch: app.fetch, port });
