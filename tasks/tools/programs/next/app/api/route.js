import { answers } from "../flags.js";

export const dynamic = "force-dynamic";
export async function GET() {
  return Response.json(await answers());
}
