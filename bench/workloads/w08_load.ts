// W8: the time from init to the first answer, by the size of the document. Each measurement is a process of its own,
// since an application starts once.

import { documentBytes, questionTo } from "../document_file.ts";
import type { Figure } from "../figures.ts";
import { LAST_RULE_VARIANTS } from "../flags.ts";
import { PARTS } from "../parts.ts";
import { fetcherOf, loadResponses } from "../subjects/fetcher.ts";
import { loadFliptClient } from "../subjects/flipt.ts";
import { FLIPT_SUBJECTS, isFlipt } from "../subjects/subject.ts";
import type { Task, Workload } from "./workload.ts";

/** The documents, in megabytes. */
const SIZES_MB = [1, 20, 50];
const REPETITIONS = 3;

/** The workload. */
export const load: Workload = {
  name: "W8",
  title: "init to the first answer, in a new process",
  tasks: ({ isQuick }) => {
    const sizes = isQuick ? [0.1] : SIZES_MB;
    const once = sizes.flatMap((size) =>
      FLIPT_SUBJECTS.map((subject): Task => ({ subject, part: PARTS.load(size) }))
    );
    // Subjects alternate.
    return Array.from({ length: isQuick ? 1 : REPETITIONS }, () => once).flat();
  },
  async measure({ task, folder }): Promise<Figure[]> {
    if (task === undefined || !isFlipt(task.subject)) {
      throw new Error("W8 measures one Flipt client per process");
    }
    const document = documentBytes(folder, Number.parseFloat(task.part));
    const init = await loadFliptClient(task.subject);
    await loadResponses();
    const start = performance.now();
    const client = await init(fetcherOf(() => document));
    const { variantKey } = client.evaluateVariant(questionTo("user-1"));
    const value = performance.now() - start;
    if (!LAST_RULE_VARIANTS.includes(variantKey)) throw new Error(`${task.subject} answers ${variantKey}`);
    client.close();
    return [{ workload: "W8", part: task.part, subject: task.subject, unit: "ms", value }];
  },
};
