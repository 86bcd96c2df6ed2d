// The one `import()` of a name that is not known to bundlers: for runtimes that have no other way to a module.

/** Imports a module that no bundler may look for; rejects where there is none. */
export function importUnbundled(name: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name);
}
