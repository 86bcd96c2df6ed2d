// Many processes of one program: node:cluster, and PM2's cluster mode. Every process has to follow a change.

import type { Project } from "../project.ts";
import type { Report } from "../report.ts";
import type { Served } from "../served.ts";
import { SERVER_CHECKS, type Tool } from "../tool.ts";

const PROCESSES = 4;

/** Asks until each process has answered, before and after the change. */
async function askAll(project: Project, served: Served): Promise<readonly Report[]> {
  const processes = async (isOn: boolean): Promise<void> => {
    const seen = new Set<string>();
    await served.text("/", (body) => {
      const { pid, boolean } = JSON.parse(body) as { pid: string; boolean: boolean };
      if (boolean === isOn) seen.add(pid);
      return seen.size === PROCESSES;
    });
  };
  await processes(true);
  const report = await project.ask(served, "/");
  await processes(false);
  return [report];
}

/** Many processes. */
export const processes: readonly Tool[] = [
  {
    name: "node-cluster",
    title: "node:cluster",
    programs: "processes",
    versionOf: "node",
    packages: [],
    isQuick: true,
    cases: [{
      title: `${PROCESSES} processes`,
      engine: "native",
      checks: SERVER_CHECKS,
      run: async (project) => {
        const env = { PROCESSES: String(PROCESSES) };
        await using served = await project.start(project.executable, ["cluster.mjs"], { env });
        return await askAll(project, served);
      },
    }],
  },
  {
    name: "pm2",
    title: "PM2",
    programs: "processes",
    versionOf: "pm2",
    packages: ["pm2"],
    cases: [{
      title: `cluster mode, ${PROCESSES} processes`,
      engine: "native",
      checks: SERVER_CHECKS,
      run: async (project) => {
        const env = { PM2_HOME: project.path("pm2") };
        const pm2 = "node_modules/pm2/bin/pm2";
        try {
          const parameters = [pm2, "start", "server.mjs", "-i", String(PROCESSES), "--no-daemon"];
          await using served = await project.start(project.executable, parameters, { env });
          return await askAll(project, served);
        } finally {
          await project.node(pm2, ["kill"], { env });
        }
      },
    }],
  },
];
