// Reads a hash key by key against what is allowed.

import type { Method, Param, Section, Values } from './engine/types.js';
import { allowed, read, section } from './params.js';
import { find } from './state.js';

/** Takes keys out of a hash one by one and notes what is wrong; what is left at the end is unknown. */
export class HashReader {
  readonly #params: URLSearchParams;
  readonly #problems: string[] = [];

  constructor(hash: string) {
    this.#params = new URLSearchParams(hash);
  }

  text(key: string): string | null {
    const value = this.#params.get(key);
    this.#params.delete(key);
    return value;
  }

  all(key: string): string[] {
    const values = this.#params.getAll(key);
    this.#params.delete(key);
    return values;
  }

  whole(key: string, min: number, max: number, otherwise: number): number {
    const text = this.text(key);
    if (text === null) return otherwise;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    return this.bad(key, text, `a whole number from ${min} to ${max}`, otherwise);
  }

  oneOf<T extends string>(key: string, options: readonly T[], otherwise: T): T {
    const text = this.text(key);
    if (text === null) return otherwise;
    const found = options.find((o) => o === text);
    return found ?? this.bad(key, text, `one of ${options.join(', ')}`, otherwise);
  }

  name(key: string, methods: readonly Method[], otherwise: string): string {
    return this.oneOf(
      key,
      methods.map((m) => m.name),
      otherwise,
    );
  }

  values(prefix: string, method: Pick<Method, 'params'>, base: Values): Values {
    const out = { ...base };
    for (const p of method.params)
      out[p.name] = this.#value(`${prefix}.${p.name}`, p, base[p.name] ?? p.default);
    return out;
  }

  section(prefix: string, methods: readonly Method[], base: Section): Section {
    const name = this.name(prefix, methods, base.name);
    const method = find(methods, name);
    return { ...this.values(prefix, method, name === base.name ? base : section(method)), name };
  }

  flag(key: string, otherwise: boolean): boolean {
    const text = this.text(key);
    if (text === null) return otherwise;
    if (text === 'true' || text === 'false') return text === 'true';
    return this.bad(key, text, 'true or false', otherwise);
  }

  /** A value that `read` makes of the text, or `null` where it is not what `permitted` says. */
  parsed<T>(key: string, read: (text: string) => T | null, permitted: string, otherwise: T): T {
    const text = this.text(key);
    if (text === null) return otherwise;
    return read(text) ?? this.bad(key, text, permitted, otherwise);
  }

  #value(key: string, p: Param, otherwise: number | string | boolean): number | string | boolean {
    const text = this.text(key);
    if (text === null) return otherwise;
    return read(p, text) ?? this.bad(key, text, allowed(p), otherwise);
  }

  bad<T>(key: string, text: string, permitted: string, used: T): T {
    this.#problems.push(`${key}: “${text}” is not ${permitted}; ${String(used)} is used.`);
    return used;
  }

  finish(): string[] {
    for (const key of new Set(this.#params.keys()))
      this.#problems.push(`${key}: unknown key, ignored.`);
    return this.#problems;
  }
}
