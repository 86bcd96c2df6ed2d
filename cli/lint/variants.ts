// Rules for the variants of a flag and their distributions.

import { quote, quotedList } from "../../core/describe.ts";
import { isBoolean } from "../../engines/document.ts";
import {
  DIFFERENCES,
  distributionSum,
  isDisabledBoolean,
  ruleDifferences,
} from "../../engines/rules/differences.ts";
import type { DifferenceId } from "../../engines/rules/differences.ts";
import { explainDistributions } from "../../src/evaluation/explain/distribution.ts";
import type { LintExample, LintRule, Report, Subject } from "./rule.ts";
import { distributionsOf, rulesOf } from "./rule.ts";
import { numberText } from "./words.ts";

/** How much the sum of distributions may differ from 100, as that of rounded thirds does. */
const ROUNDING_TOLERANCE = 0.05;

/** Finds variants of a file that are never served. */
export const unusedVariant: LintRule = {
  id: "unused-variant",
  level: "warning",
  finds: "a variant that is in no rule of its flag and is not the default variant",
  example: {
    of: "variant flag",
    yaml: "rules: [{ segment: everyone, distributions: [{ variant: a, rollout: 100 }] }]",
  },
  *check({ document, declared }) {
    if (declared === undefined) return;
    for (const [index, flag] of document.flags.entries()) {
      if (isBoolean(flag)) continue;
      const given = new Set(
        (flag.rules ?? []).flatMap(({ distributions }) =>
          distributions.filter(({ rollout }) => rollout > 0).map(({ variantKey }) => variantKey)
        ),
      );
      if (flag.defaultVariant) given.add(flag.defaultVariant.key);
      for (const variant of declared.variants.get(flag.key) ?? []) {
        if (given.has(variant)) continue;
        yield {
          place: { flag: flag.key, index, variant },
          message: `variant ${quote(variant)} is in no rule and is not the default variant`,
        };
      }
    }
  },
};

/** Finds distributions whose sum is not 100. */
export const distributionSums: LintRule = {
  id: "distribution-sum",
  level: "warning",
  finds: "distributions whose sum is not 100: clients scale them",
  example: {
    of: "variant flag",
    yaml:
      "rules: [{ segment: everyone, distributions: [{ variant: a, rollout: 40 }, { variant: b, rollout: 40 }] }]",
  },
  *check(subject) {
    for (const placed of rulesOf(subject)) {
      const sum = distributionSum(placed.rule);
      if (sum === undefined || Math.abs(sum - 100) <= ROUNDING_TOLERANCE) continue;
      const message = sum === 0
        ? "every distribution of this rule is 0: it matches without a variant"
        : `the sum of the distributions is ${numberText(sum)}, not 100: clients scale them, so that ${
          shares(placed.rule.distributions, sum)
        }`;
      yield { place: placed.place, message };
    }
  },
};

function shares(
  all: readonly { readonly variantKey: string; readonly rollout: number }[],
  sum: number,
): string {
  const parts = all.filter(({ rollout }) => rollout > 0).slice(0, 4).map(({ variantKey, rollout }) =>
    `${quote(variantKey)} gets ${Number((rollout / sum * 100).toFixed(1))} %`
  );
  return parts.join(", ");
}

/** Finds rules without distributions, which match without a variant. */
export const noVariant: LintRule = {
  id: "no-variant",
  level: "note",
  finds: "a rule without distributions: it matches, and the flag answers with its default variant or none",
  example: { of: "variant flag", yaml: "rules: [{ segment: everyone }]" },
  *check(subject) {
    for (const { flag, rule, place } of rulesOf(subject)) {
      if (rule.distributions.length > 0) continue;
      const answer = flag.defaultVariant
        ? `the default variant ${quote(flag.defaultVariant.key)}`
        : "no variant";
      yield { place, message: `this rule has no distributions: it matches, and the answer is ${answer}` };
    }
  },
};

/** Finds distributions that are too small for one of the thousand buckets. */
export const emptyShare: LintRule = {
  id: "empty-share",
  level: "warning",
  finds: "a distribution that no entity gets: its share is 0, or less than one of the 1000 buckets",
  example: {
    of: "variant flag",
    yaml:
      "rules: [{ segment: everyone, distributions: [{ variant: a, rollout: 0.01 }, { variant: b, rollout: 99.99 }] }]",
  },
  *check(subject) {
    for (const placed of rulesOf(subject)) {
      // If all are 0, distribution-sum reports it.
      if (distributionSum(placed.rule) === 0) continue;
      const explained = explainDistributions(placed.rule.distributions, undefined);
      for (const [number, { distribution, place }] of distributionsOf(placed).entries()) {
        const { from = 0, to = 0 } = explained[number] ?? {};
        if (to > from) continue;
        const { variantKey, rollout } = distribution;
        yield {
          place,
          message: `nobody gets ${quote(variantKey)}: a share of ${
            Number(rollout.toPrecision(4))
          } % is none of the 1000 buckets`,
        };
      }
    }
  },
};

/** The rules for differences of flags and their rules, one each. */
export const FLAG_DIFFERENCES: readonly LintRule[] = [
  flagDifference(
    "disabled-boolean",
    { of: "boolean flag", yaml: "enabled: false" },
    function* ({ document }) {
      for (const [index, flag] of document.flags.entries()) {
        if (isBoolean(flag) && isDisabledBoolean(flag)) yield { flag: flag.key, index };
      }
    },
  ),
  flagDifference(
    "distribution-bound",
    {
      of: "variant flag",
      yaml:
        "rules: [{ segment: everyone, distributions: [{ variant: a, rollout: 33.33 }, { variant: b, rollout: 66.67 }] }]",
    },
    (subject) => placesOfRules(subject, "distribution-bound"),
  ),
  flagDifference(
    "v1-distribution-sum",
    distributionSums.example,
    (subject) => placesOfRules(subject, "v1-distribution-sum"),
  ),
  flagDifference(
    "v1-two-segments",
    {
      of: "variant flag",
      yaml:
        "rules: [{ segment: { keys: [some, other] }, distributions: [{ variant: a, rollout: 50 }, { variant: b, rollout: 50 }] }]",
    },
    (subject) => placesOfRules(subject, "v1-two-segments"),
  ),
];

function flagDifference(
  id: DifferenceId,
  example: LintExample,
  placesOf: (subject: Subject) => Iterable<Report["place"]>,
): LintRule {
  const { subject: what, server, clients, servers } = DIFFERENCES[id];
  const which = servers === "v1 and v2" ? "" : ` (${servers})`;
  return {
    id,
    level: "note",
    finds: `${what}: a server's own API${which} and clients answer differently`,
    example,
    *check(subject) {
      for (const place of placesOf(subject)) {
        const message = `${what}; on a server${which}: ${withoutMarkdown(server)}; in clients: ${
          withoutMarkdown(clients)
        }`;
        yield {
          place,
          message,
          answers: { server: withoutMarkdown(server), clients: withoutMarkdown(clients) },
        };
      }
    },
  };
}

function placesOfRules(subject: Subject, id: DifferenceId): Report["place"][] {
  return rulesOf(subject).filter(({ rule }) => ruleDifferences(rule).includes(id)).map(({ place }) => place);
}

function withoutMarkdown(markdown: string): string {
  return markdown.replaceAll("`", "");
}

/** Finds duplicate keys in a document, of which the last counts, or all do. */
export const duplicateKey: LintRule = {
  id: "duplicate-key",
  level: "warning",
  finds: "a duplicate key: of flags, of a rule's segments, or of a rule's variants",
  example: {
    of: "document",
    yaml:
      '{ namespace: { key: shop }, flags: [{ key: a, name: "", enabled: true }, { key: a, name: "", enabled: false }] }',
  },
  *check(subject) {
    const { flags } = subject.document;
    for (const [index, { key }] of flags.entries()) {
      if (!flags.slice(index + 1).some((other) => other.key === key)) continue;
      yield {
        place: { flag: key, index },
        message: `the flag ${quote(key)} is defined again further down, and that definition counts`,
      };
    }
    for (const { rule, place } of rulesOf(subject)) {
      const twice = repeated((rule.segments ?? []).map(({ key }) => key));
      if (twice.length > 0) yield { place, message: `this rule lists a segment twice: ${quotedList(twice)}` };
      const variants = repeated(rule.distributions.map(({ variantKey }) => variantKey));
      if (variants.length === 0) continue;
      yield { place, message: `this rule distributes to a variant twice: ${quotedList(variants)}` };
    }
  },
};

function repeated(keys: readonly string[]): string[] {
  return [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))];
}
