// What an embedding page says by attributes, checked once.

export const THEMES = ['auto', 'light', 'dark'] as const;

/** What all elements take. */
export interface Common {
  /** Absolute addresses; `null` for the files beside the module. */
  wasmUrl: string | null;
  workerUrl: string | null;
  seed: number;
  theme: (typeof THEMES)[number];
}

export const COMMON = ['wasm-url', 'worker-url', 'seed', 'theme'] as const;

export interface Checked<S> {
  settings: S;
  /** One sentence for each attribute that cannot be used, naming it and its value. */
  problems: string[];
}

const DEFAULT_SEED = 123;

/** Reads attributes one by one and notes what is wrong. `base` is what relative addresses start from. */
export class AttributeReader {
  readonly problems: string[] = [];

  constructor(
    readonly get: (name: string) => string | null,
    readonly base: string,
  ) {}

  common(): Common {
    return {
      wasmUrl: this.#address('wasm-url'),
      workerUrl: this.#address('worker-url'),
      seed: this.number('seed', 0, Number.MAX_SAFE_INTEGER, true) ?? DEFAULT_SEED,
      theme: this.choice('theme', THEMES, 'auto'),
    };
  }

  /** `null` where the page says nothing, or nothing that can be used. */
  number(name: string, low: number, high: number, whole: boolean): number | null {
    const text = this.get(name);
    if (text === null) return null;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const fits = value >= low && value <= high && (!whole || Number.isInteger(value));
    return fits
      ? value
      : this.#bad(name, text, `a ${whole ? 'whole ' : ''}number from ${low} to ${high}`);
  }

  choice<T extends string>(name: string, options: readonly T[], otherwise: T): T {
    const text = this.get(name);
    if (text === null) return otherwise;
    const found = options.find((o) => o === text);
    return found ?? this.#bad(name, text, `one of ${options.join(', ')}`) ?? otherwise;
  }

  #address(name: string): string | null {
    const text = this.get(name);
    if (text === null) return null;
    return URL.canParse(text, this.base)
      ? new URL(text, this.base).href
      : this.#bad(name, text, 'an address');
  }

  #bad(name: string, value: string, permitted: string): null {
    this.problems.push(`${name}="${value}" is not ${permitted}.`);
    return null;
  }
}
