// A route of the edge runtime, where no timer runs between requests: each request refreshes. It is one of the pages router,
// since Next.js 16 cannot build any of the app router by webpack.
import { answers, flags } from "../../app/flags.js";

export const config = { runtime: "edge" };
export default async function handler() {
  const client = await flags();
  await client.refresh();
  return Response.json(await answers());
}
