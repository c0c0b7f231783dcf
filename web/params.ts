// Reads the catalogue's parameter descriptions: defaults, ranges, and values from text.

import type { Method, Param, Section, Values } from './engine/types.js';

export type Value = number | string | boolean;

/** Every parameter of `method` at its default. */
export function defaults(method: Method): Values {
  return Object.fromEntries(method.params.map((p) => [p.name, p.default]));
}

export function section(method: Method, values: Values = {}): Section {
  return { ...defaults(method), ...pick(method, values), name: method.name };
}

/** The values that `method` knows and accepts; used when the method of a section changes. */
export function pick(method: Method, values: Values): Values {
  const kept: Values = {};
  for (const p of method.params) {
    const value = values[p.name];
    if (value !== undefined && accepts(p, value)) kept[p.name] = value;
  }
  return kept;
}

export function accepts(p: Param, value: Value): boolean {
  switch (p.type) {
    case 'float':
      return (
        typeof value === 'number' && Number.isFinite(value) && value >= p.min && value <= p.max
      );
    case 'int':
      return (
        typeof value === 'number' && Number.isInteger(value) && value >= p.min && value <= p.max
      );
    case 'bool':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && p.options.includes(value);
    case 'text':
      return typeof value === 'string';
  }
}

/** The value that `text` states, or `undefined` if it is not permitted. */
export function read(p: Param, text: string): Value | undefined {
  let value: Value = text;
  if (p.type === 'float' || p.type === 'int') {
    if (text.trim() === '') return undefined;
    value = Number(text);
  } else if (p.type === 'bool') {
    if (text !== 'true' && text !== 'false') return undefined;
    value = text === 'true';
  }
  return accepts(p, value) ? value : undefined;
}

/** What is allowed, as the engine's own errors say it. */
export function allowed(p: Param): string {
  switch (p.type) {
    case 'float':
      return `a number from ${p.min} to ${p.max}`;
    case 'int':
      return `a whole number from ${p.min} to ${p.max}`;
    case 'bool':
      return 'true or false';
    case 'choice':
      return `one of ${p.options.join(', ')}`;
    case 'text':
      return 'text';
  }
}

/**
 * Two methods of which the second has exactly one number more than the first: a method and its
 * generalisation (at some value of the extra parameter they agree). The page opens on the pair that
 * shares most parameters.
 */
export function nestedPair(
  methods: readonly Method[],
): { plain: Method; general: Method; extra: Param } | null {
  let best: { plain: Method; general: Method; extra: Param } | null = null;
  for (const general of methods) {
    for (const plain of methods) {
      if (plain.params.length + 1 !== general.params.length) continue;
      if (plain.params.length <= (best?.plain.params.length ?? 0)) continue;
      const names = new Set(plain.params.map((p) => p.name));
      const [extra, ...others] = general.params.filter((p) => !names.has(p.name));
      if (extra?.type === 'float' && others.length === 0) best = { plain, general, extra };
    }
  }
  return best;
}
