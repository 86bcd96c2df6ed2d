// The page embeds the snapshot of the server's client.
import { flags } from "./flags.js";
import { Theme } from "./theme.js";

export const dynamic = "force-dynamic";
export default async function Page() {
  const client = await flags();
  return <Theme snapshot={client.getSnapshot()} namespace={process.env.FLIPT_NAMESPACE} />;
}
