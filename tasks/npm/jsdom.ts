// What the package uses of the web and the globals of jsdom lack, though Node has it: tests of components run there.

interface Text {
  readonly TextDecoder: typeof globalThis.TextDecoder;
  readonly TextEncoder: typeof globalThis.TextEncoder;
}

interface Globals extends Partial<Text> {
  readonly process?: { getBuiltinModule?(name: "node:util"): Text };
}

const globals: Globals = globalThis;
const text = globals.TextEncoder === undefined
  ? globals.process?.getBuiltinModule?.("node:util") ?? globals
  : globals;

/** The class `TextDecoder`. */
export const NodeTextDecoder = text.TextDecoder;
/** The class `TextEncoder`. */
export const NodeTextEncoder = text.TextEncoder;
