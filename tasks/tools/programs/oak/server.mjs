// A route, with the client in the state of the application.
import { FliptClient } from "@flipt-ffi/client";
import { Application, Router } from "@oakserver/oak";
import { answersOf, namespace, url } from "./flags.mjs";

const flags = await FliptClient.init({ url, namespace, updateInterval: 0.1 });
const router = new Router();
router.get("/", (context) => {
  context.response.body = answersOf(context.app.state.flags);
});
const app = new Application({ state: { flags } });
app.use(router.routes());
await app.listen({ hostname: "127.0.0.1", port: Number(process.env.PORT) });
