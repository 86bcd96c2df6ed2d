// File name patterns as in Flipt v1, where `*` also matches slashes. Compiled into an NFA, which is simulated by the set of
// its current states: the time is at most proportional to the length of the pattern times that of the path.

/** An invalid pattern. The message follows "this pattern". */
export class GlobError extends Error {
  /** The name of the class. */
  override readonly name: string = "GlobError";
}

/** Returns whether a state accepts a character. */
type CharacterTest = (character: string) => boolean;

/** A state of the NFA, with its epsilon transitions and at most one transition by a character. */
interface State {
  readonly epsilons: number[];
  accepts?: CharacterTest;
  next?: number;
}

/** A pattern: `*` and `**` match any string, `?` one character, `[ab]`, `[a-z]` and `[!a]` one of several, `{a,b}` one of several strings. */
export class Glob {
  readonly #states: readonly State[];
  readonly #end: number;

  /**
   * Compiles a pattern.
   * @throws {GlobError} when it is invalid.
   */
  constructor(pattern: string) {
    const { states, end } = new GlobCompiler(pattern).compile();
    this.#states = states;
    this.#end = end;
  }

  /** Returns whether the pattern matches the whole path. */
  matches(path: string): boolean {
    // The last step in which each state was reached, so that a step visits a state once.
    const reached = new Uint32Array(this.#states.length);
    let step = 1;
    let current: number[] = [];
    this.#reach(0, current, reached, step);
    for (const character of path) {
      if (current.length === 0) return false;
      step++;
      const following: number[] = [];
      for (const place of current) {
        const state = this.#states[place];
        if (state?.next !== undefined && state.accepts?.(character) === true) {
          this.#reach(state.next, following, reached, step);
        }
      }
      current = following;
    }
    return current.includes(this.#end);
  }

  /** Adds a state and its epsilon closure. */
  #reach(from: number, into: number[], reached: Uint32Array, step: number): void {
    const pending = [from];
    for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
      if (reached[place] === step) continue;
      reached[place] = step;
      into.push(place);
      for (const next of this.#states[place]?.epsilons ?? []) pending.push(next);
    }
  }
}

/** Open braces: the state before them, and the final state of each alternative so far. */
interface Braces {
  readonly before: State;
  readonly ends: State[];
}

class GlobCompiler {
  readonly #characters: readonly string[];
  readonly #states: State[] = [];
  readonly #braces: Braces[] = [];
  #at = 0;
  #state: State;

  constructor(pattern: string) {
    this.#characters = Array.from(pattern);
    this.#state = this.#newState();
  }

  compile(): { readonly states: readonly State[]; readonly end: number } {
    for (let character = this.#take(); character !== undefined; character = this.#take()) {
      if (character === "*") this.#anyString();
      else if (character === "?") this.#accept(() => true);
      else if (character === "[") this.#accept(this.#set());
      else if (character === "{") this.#openBraces();
      else if (character === "," && this.#braces.length > 0) this.#nextAlternative();
      else if (character === "}" && this.#braces.length > 0) this.#closeBraces();
      else {
        const literal = character === "\\" ? this.#take() : character;
        if (literal !== undefined) this.#accept((other) => other === literal);
      }
    }
    // Unclosed braces end with the pattern.
    while (this.#braces.length > 0) this.#closeBraces();
    return { states: this.#states, end: this.#states.indexOf(this.#state) };
  }

  #take(): string | undefined {
    return this.#characters[this.#at++];
  }

  #newState(): State {
    const state: State = { epsilons: [] };
    this.#states.push(state);
    return state;
  }

  /** Creates a state with an epsilon transition from `state`. */
  #after(state: State): State {
    state.epsilons.push(this.#states.length);
    return this.#newState();
  }

  #accept(test: CharacterTest): void {
    const state = this.#state;
    state.accepts = test;
    state.next = this.#states.length;
    this.#state = this.#newState();
  }

  #anyString(): void {
    const loop = this.#after(this.#state);
    loop.accepts = () => true;
    loop.next = this.#states.length - 1;
    this.#state = this.#after(loop);
  }

  #openBraces(): void {
    this.#braces.push({ before: this.#state, ends: [] });
    this.#state = this.#after(this.#state);
  }

  #nextAlternative(): void {
    const braces = this.#braces.at(-1);
    if (braces === undefined) return;
    braces.ends.push(this.#state);
    this.#state = this.#after(braces.before);
  }

  #closeBraces(): void {
    const braces = this.#braces.pop();
    if (braces === undefined) return;
    const ends = [...braces.ends, this.#state];
    const place = this.#states.length;
    this.#state = this.#newState();
    for (const end of ends) end.epsilons.push(place);
  }

  /** Reads brackets, which contain either one range or a list of characters. */
  #set(): CharacterTest {
    const isNegated = this.#characters[this.#at] === "!";
    if (isNegated) this.#at++;
    const first = this.#take();
    if (first !== undefined && this.#characters[this.#at] === "-") {
      this.#at++;
      const last = this.#take();
      if (last === undefined || this.#characters[this.#at] === undefined) throw unclosed();
      if (this.#take() !== "]") {
        throw new GlobError(
          `has more than one range in brackets: use [${first}-${last}] alone, or list the characters`,
        );
      }
      if (codeOf(last) < codeOf(first)) {
        throw new GlobError(
          `has the range [${first}-${last}], which is reversed: use [${last}-${first}]`,
        );
      }
      return (character) =>
        (codeOf(character) >= codeOf(first) && codeOf(character) <= codeOf(last)) !== isNegated;
    }
    if (first !== undefined) this.#at--;
    const characters = this.#listedCharacters();
    return (character) => characters.has(character) !== isNegated;
  }

  #listedCharacters(): ReadonlySet<string> {
    const characters = new Set<string>();
    for (let character = this.#take(); character !== "]"; character = this.#take()) {
      const listed = character === "\\" ? this.#take() : character;
      if (listed === undefined) throw unclosed();
      characters.add(listed);
    }
    if (characters.size === 0) {
      throw new GlobError("has empty brackets: list the characters");
    }
    return characters;
  }
}

function unclosed(): GlobError {
  return new GlobError("has an unclosed [: add ], or use \\[ for the character");
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
