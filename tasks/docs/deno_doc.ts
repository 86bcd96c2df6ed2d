// What `deno doc --json` says of a module: its own description, what it exports, and the members of its interfaces.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { ROOT } from "../npm/entries.ts";

interface TsType {
  readonly repr?: string;
  readonly kind: string;
  readonly value?: unknown;
}

interface JsDoc {
  readonly doc?: string;
  readonly tags?: readonly { readonly value?: string }[];
}

interface Property {
  readonly name: string;
  readonly jsDoc?: JsDoc;
  readonly tsType: TsType;
}

interface Declaration {
  readonly kind: string;
  readonly def?: { readonly properties?: readonly Property[]; readonly tsType?: TsType };
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** What there is to know of one member of an interface. */
export interface Member {
  /** Its name. */
  readonly name: string;
  /** Its type, with the names that stand for a few strings replaced by these. */
  readonly type: string;
  /** The first sentence of its description, as a cell of a table: without a capital and the full stop. */
  readonly meaning: string;
  /** What `@default` says; `undefined` without one. */
  readonly default: string | undefined;
}

/** A module as its documentation has it. */
export class DocumentedModule {
  readonly #module: string;
  readonly #description: string;
  readonly #symbols: readonly DocumentedSymbol[];

  /** @param module The module, from the folder of the checkout. */
  constructor(module: string, description: string, symbols: readonly DocumentedSymbol[]) {
    this.#module = module;
    this.#description = description;
    this.#symbols = symbols;
  }

  /** The first sentence about the module, without the full stop. */
  get meaning(): string {
    return firstSentence(this.#description);
  }

  /** The classes, functions and constants that the module exports, sorted. */
  get values(): readonly string[] {
    const kinds = ["class", "function", "variable"];
    return this.#symbols.filter(({ declarations }) => declarations.some(({ kind }) => kinds.includes(kind)))
      .map(({ name }) => name).sort();
  }

  /**
   * The members of an interface, in their order.
   * @throws {Error} when the module exports no such interface, or a member has no description.
   */
  membersOf(interfaceName: string): readonly Member[] {
    const properties = this.#declarations(interfaceName).flatMap(({ def }) => def?.properties ?? []);
    if (properties.length === 0) {
      throw new Error(`${this.#module} exports no interface ${interfaceName} with members`);
    }
    return properties.map(({ name, jsDoc, tsType }) => {
      const { doc = "", tags = [] } = jsDoc ?? {};
      const [text = "", byDefault] = [doc, ...tags.map(({ value }) => value ?? "")].join("\n").split(
        "@default ",
      );
      if (text.trim() === "") throw new Error(`${interfaceName}.${name} has no description`);
      return {
        name,
        type: this.#typeText(tsType),
        meaning: firstSentence(text).replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase()),
        default: byDefault === undefined ? undefined : oneLine(byDefault),
      };
    });
  }

  #declarations(name: string): readonly Declaration[] {
    return this.#symbols.find((each) => each.name === name)?.declarations ?? [];
  }

  /** @throws {Error} when the type is of a kind that no member had before. */
  #typeText({ kind, repr, value }: TsType): string {
    switch (kind) {
      case "keyword":
        return repr ?? "";
      case "literal":
        return (value as { kind: string }).kind === "string" ? JSON.stringify(repr) : repr ?? "";
      case "union":
        return (value as readonly TsType[]).map((each) => this.#typeText(each)).join(" | ");
      case "array":
        return `${this.#typeText(value as TsType)}[]`;
      case "typeOperator":
        return this.#typeText((value as { tsType: TsType }).tsType);
      case "parenthesized":
        return this.#typeText(value as TsType);
      case "fnOrConstructor":
        return "function";
      case "typeRef":
        return this.#nameText(value as { typeName: string; typeParams?: readonly TsType[] });
      default:
        throw new Error(
          `${this.#module} has a type of the kind ${kind}: teach tasks/docs/deno_doc.ts to write it`,
        );
    }
  }

  /** The name of a type, or the strings that it stands for. */
  #nameText(
    { typeName, typeParams = [] }: { typeName: string; typeParams?: readonly TsType[] },
  ): string {
    const meant = this.#declarations(typeName).find(({ kind }) => kind === "typeAlias")?.def?.tsType;
    const strings = meant?.kind === "union" ? meant.value as readonly TsType[] : [];
    if (meant && strings.length > 0 && strings.every(({ kind }) => kind === "literal")) {
      return this.#typeText(meant);
    }
    // What flags there are is no matter of a table, nor what nobody may change.
    const parameters = typeParams.filter(({ repr }) => repr !== "Flags").map((each) => this.#typeText(each));
    if (typeName === "Readonly") return parameters.join();
    return parameters.length === 0 ? typeName : `${typeName}<${parameters.join(", ")}>`;
  }
}

/**
 * Reads the documentation of modules, which are named from the folder of the checkout.
 * @throws {Error} when Deno cannot read one.
 */
export function documented<const Modules extends readonly string[]>(
  ...modules: Modules
): { readonly [Index in keyof Modules]: DocumentedModule } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["doc", "--json", ...modules], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`deno doc --json exited with code ${status}: ${stderr}`);
  const nodes = (JSON.parse(stdout) as {
    readonly nodes: Readonly<
      Record<string, { readonly module_doc?: JsDoc; readonly symbols: readonly DocumentedSymbol[] }>
    >;
  }).nodes;
  return modules.map((module) => {
    const found = nodes[pathToFileURL(join(ROOT, module)).href];
    if (found === undefined) throw new Error(`deno doc --json has nothing about ${module}`);
    return new DocumentedModule(module, found.module_doc?.doc ?? "", found.symbols);
  }) as { readonly [Index in keyof Modules]: DocumentedModule };
}

function firstSentence(text: string): string {
  const line = oneLine(text.trim().replace(/\n\s*\n[^]*/, ""));
  return (/^.*?\.(?= +[A-Z`])/.exec(line)?.[0] ?? line).replace(/\.$/, "");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
