// One file with everything that the main module of the package needs: on Node, each file that is imported takes about a
// millisecond, and each import of one a part of that. Other entries import from it what they share with it.

import { join } from "node:path";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { ROOT } from "./entries.ts";

/** The name of the file. */
export const CORE = "core";

/** A module of the core: where its exports are found in the file. */
interface CoreModule {
  /** Its path in the checkout. */
  readonly source: string;
  /** The names under which the file exports what the module exports, by its own names. */
  readonly names: ReadonlyMap<string, string>;
}

/** The modules of the core, by their path in the file system. */
export type CoreModules = ReadonlyMap<string, CoreModule>;

/**
 * Finds all modules that a module imports, also indirectly, and what they export.
 * @param options The options of the build.
 * @param root The path of the module in the checkout.
 */
export async function coreModules(options: BuildOptions, root: string): Promise<CoreModules> {
  const inputs = await metafileOf(options, [root]).then(({ inputs }) => inputs);
  const sources = [...reachable(inputs, root)].sort();
  const { outputs } = await metafileOf(options, sources);
  return new Map(
    Object.values(outputs).flatMap(({ entryPoint, exports }) => {
      if (entryPoint === undefined) return [];
      const prefix = `m${sources.indexOf(entryPoint)}_`;
      const names = new Map(exports.map((name) => [name, prefix + name]));
      return [[join(ROOT, entryPoint), { source: entryPoint, names }]];
    }),
  );
}

/**
 * Bundles the core into one file, which exports everything that its modules export: what nobody imports costs nothing but
 * its name.
 */
export async function bundleCore(options: BuildOptions, modules: CoreModules): Promise<Metafile | undefined> {
  const contents = [...modules.values()].map(({ source, names }) => {
    const list = [...names].map(([name, exported]) => `${name} as ${exported}`);
    return `export { ${list.join(", ")} } from "./${source}";\n`;
  });
  const { metafile } = await build({
    ...options,
    entryPoints: undefined,
    outdir: undefined,
    outfile: join(options.outdir ?? "", `${CORE}.js`),
    splitting: false,
    stdin: { contents: contents.join(""), loader: "ts", resolveDir: ROOT, sourcefile: `${CORE}.ts` },
  });
  return metafile;
}

/** Takes modules of the core from its file. */
export function fromCore(modules: CoreModules): Plugin {
  return {
    name: "from-core",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: new RegExp(`^\\./${CORE}\\.js$`) }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const module = modules.get(path);
        if (module === undefined) return undefined;
        const list = [...module.names].map(([name, exported]) => `${exported} as ${name}`);
        return { contents: `export { ${list.join(", ")} } from "./${CORE}.js";\n`, loader: "js" };
      });
    },
  };
}

/**
 * Takes what a module imports by name straight from the file of the core. By way of the module that exports it, a chunk of
 * its own would come between wherever two entries import that.
 * @param text The module.
 * @param path Its path in the file system.
 */
export function importFromCore(text: string, path: string, modules: CoreModules): string {
  return text.replace(
    /^(import|export) \{([^}]*)\} from "(\.\.?\/[^"]+)";/gm,
    (statement, kind: string, list: string, from: string) => {
      const names = modules.get(join(path, "..", from))?.names;
      if (names === undefined) return statement;
      const values = list.split(",").map((each) => each.trim()).filter((each) =>
        !/^(?:type .*)?$/.test(each)
      );
      const renamed = values.flatMap((each) => {
        const [name = "", alias = name] = each.split(" as ");
        const exported = names.get(name);
        // What is not there is a type.
        return exported === undefined ? [] : [`${exported} as ${alias}`];
      });
      return `${kind} { ${renamed.join(", ")} } from "./${CORE}.js";`;
    },
  );
}

async function metafileOf(options: BuildOptions, entryPoints: string[]): Promise<Metafile> {
  const { metafile } = await build({ ...options, entryPoints, metafile: true, write: false });
  if (metafile === undefined) throw new Error("esbuild returns no metafile");
  return metafile;
}

function reachable(inputs: Metafile["inputs"], root: string): Set<string> {
  const found = new Set<string>();
  const rest = [root];
  for (let source = rest.pop(); source !== undefined; source = rest.pop()) {
    const input = inputs[source];
    if (input === undefined || found.has(source)) continue;
    found.add(source);
    rest.push(...input.imports.map(({ path }) => path));
  }
  return found;
}
